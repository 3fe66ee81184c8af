"""A program that ends when whoever started it is gone, however that went.

The program runs below a shell that reads from a pipe whose other end is ours alone. The pipe ends when we let go of it
or when the system takes it from us, as it does after SIGKILL; the shell then ends the program. This needs nothing but
POSIX. Promises that the program and the shell are gone when `end` has returned.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

STOP_SECONDS = 5.0
LAST_WORDS_SECONDS = 1.0
SAID_BYTES = 4096
# $@ is the program. Whichever ends first, the program or the pipe, the other one follows. What it writes is its user's
# alone; uvloop takes no umask.
SCRIPT = """
umask 077
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{ read -r _ <&3; kill "$program"; } 2>/dev/null &
watch=$!
exec 3<&- </dev/null
wait "$program"
status=$?
kill "$watch" 2>/dev/null
exit "$status"
"""


class ChildProcess:
    """A running program. `said` is the end of what it printed."""

    def __init__(
        self, process: asyncio.subprocess.Process, leash: int, reading: asyncio.ReadTransport, tail: "Tail"
    ) -> None:
        self._process = process
        self._leash: int | None = leash
        self._reading = reading
        self._tail = tail

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Return the program, started. One that cannot be run has ended with status 126 or 127."""
        # Pipes of our own: asyncio takes a process for running while anything, even a grandchild, has its pipes.
        held, leash = os.pipe()
        output, printed = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", SCRIPT, "sh", *command),
                stdin=held,
                stdout=printed,
                stderr=asyncio.subprocess.STDOUT,
                # Not of our terminal's group: Ctrl+C is for us, and the end in order is ours to make.
                start_new_session=True,
            )
        except BaseException:
            os.close(leash)
            os.close(output)
            raise
        finally:
            os.close(held)
            os.close(printed)
        tail = Tail()
        reading, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: tail, os.fdopen(output, "rb", 0))
        return cls(process, leash, reading, tail)

    @property
    def running(self) -> bool:
        """Return whether it has not ended."""
        return self._process.returncode is None

    @property
    def said(self) -> str:
        """The last that it printed."""
        return self._tail.text.decode("utf-8", "replace")

    async def ended(self) -> int:
        """Return the program's exit status once it has ended."""
        status = await self._process.wait()
        await self._clear()
        return status

    async def end(self) -> None:
        """End it, in order if it does so within a few seconds."""
        self._let_go()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        await self._clear()

    async def _clear(self) -> None:
        """Whatever happened to the shell, nothing of its group stays."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._let_go()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._tail.whole.wait(), LAST_WORDS_SECONDS)
        self._reading.close()

    def _let_go(self) -> None:
        leash, self._leash = self._leash, None
        if leash is not None:
            os.close(leash)


class Tail(asyncio.Protocol):
    """Keeps the end of what comes through a pipe; `whole` is set when no more comes."""

    def __init__(self) -> None:
        self.text = b""
        self.whole = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Take the next piece."""
        self.text = (self.text + data)[-SAID_BYTES:]

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that that was all."""
        self.whole.set()
