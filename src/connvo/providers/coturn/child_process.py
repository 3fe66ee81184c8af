"""A program that ends with the process that started it, even after SIGKILL.

The program runs below a shell that reads from a pipe whose other end only this process holds. When the process closes
the pipe or dies, the shell ends the program. This needs only POSIX.

Guarantees:
    The program and the shell are gone when `end` has returned.
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
# $@ is the program. The program and the pipe end together, in either order. Its files are readable by its user only;
# the umask is set here because uvloop does not take one.
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
    """A running program. `said` is the end of its output."""

    def __init__(
        self, process: asyncio.subprocess.Process, leash: int, reading: asyncio.ReadTransport, tail: "Tail"
    ) -> None:
        self._process = process
        self._leash: int | None = leash
        self._reading = reading
        self._tail = tail

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Start a program and return it. One that cannot be executed ends with status 126 or 127."""
        # Own pipes: asyncio considers a process running while any descendant holds its pipes.
        held, leash = os.pipe()
        output, printed = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", SCRIPT, "sh", *command),
                stdin=held,
                stdout=printed,
                stderr=asyncio.subprocess.STDOUT,
                # Outside the terminal's group: Ctrl+C is for this process, which then stops the program.
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
        """Return whether the program runs."""
        return self._process.returncode is None

    @property
    def said(self) -> str:
        """The end of the program's output."""
        return self._tail.text.decode("utf-8", "replace")

    async def ended(self) -> int:
        """Wait for the program to end, and return its exit status."""
        status = await self._process.wait()
        await self._clear()
        return status

    async def end(self) -> None:
        """Terminate the program, and kill it if it does not end within a few seconds."""
        self._let_go()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        await self._clear()

    async def _clear(self) -> None:
        """Kill what is left of the shell's process group."""
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
    """A reader that keeps the end of a pipe's output; `whole` is set when the pipe is closed."""

    def __init__(self) -> None:
        self.text = b""
        self.whole = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Append data, and drop the oldest."""
        self.text = (self.text + data)[-SAID_BYTES:]

    def connection_lost(self, exc: Exception | None) -> None:
        """Mark the output as complete."""
        self.whole.set()
