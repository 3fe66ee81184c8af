"""Run functions of `PROGRAMS` in processes of this node, one for each program, started at need.

Guarantees:
    A call ends within its deadline; a process that misses it is killed, and the next call starts another.
    A process without work ends after its idle time, and with its server, however that ends.
    No secret of the server is in the environment of a process.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from weakref import WeakKeyDictionary

import msgspec

from connvo.providers.framing import LENGTH_BYTES

from .messages import Failed, FromProcess, framed, length_of, unpacked
from .programs import Program

MODULE = "connvo.providers.computing.process"
KEPT_VARIABLES = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "TZ")
IDLE_SECONDS = 300.0


class ComputingFailed(Exception):
    """A function has no result: it raised an error, took too long, or its process ended."""


class Computer:
    """The process of one program on one event loop. Calls wait for each other, in their order."""

    def __init__(self, program: Program, idle_seconds: float = IDLE_SECONDS) -> None:
        self._program = program
        self._idle_seconds = idle_seconds
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._retirement: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[int] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    async def run(self, request: bytes, seconds: float) -> bytes:
        """Return the function's result; `seconds` are those of its run, after the calls before it.

        Raises:
            ComputingFailed: There is no result.
        """
        async with self._turn:
            self._stay()
            try:
                async with asyncio.timeout(seconds):
                    answer = await self._ask(request)
            except TimeoutError:
                await self._end()
                raise ComputingFailed(f"it took longer than {seconds:.0f} seconds") from None
            except (OSError, EOFError, ValueError, msgspec.DecodeError) as error:
                await self._end()
                raise ComputingFailed(f"its process ended: {type(error).__name__}") from None
            except BaseException:
                await self._end()  # its answer would be taken for that of the next call
                raise
            self._retire_later()
        if isinstance(answer, Failed):
            raise ComputingFailed(answer.reason)
        return answer.result

    async def stop(self) -> None:
        """End the process."""
        self._stay()
        async with self._turn:
            await self._end()
        if self._ending is not None:
            await self._ending

    async def _ask(self, request: bytes) -> FromProcess:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", MODULE, self._program),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
                # Outside the terminal's group: Ctrl+C is for the server, which then ends its processes.
                start_new_session=True,
            )
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(framed(request))
        await process.stdin.drain()
        size = length_of(await process.stdout.readexactly(LENGTH_BYTES))
        return unpacked(await process.stdout.readexactly(size))

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _stay(self) -> None:
        if self._retirement is not None:
            self._retirement.cancel()
            self._retirement = None

    def _retire_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._retirement = loop.call_later(self._idle_seconds, self._retire)

    def _retire(self) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not self._turn.locked():
            self._process = None
            process.stdin.close()  # it ends when its input does
            self._ending = asyncio.create_task(process.wait(), name="computing-process")


_computers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Program, Computer]] = WeakKeyDictionary()


def computer(program: Program, idle_seconds: float = IDLE_SECONDS) -> Computer:
    """Return the process of a program on the running event loop."""
    held = _computers.setdefault(asyncio.get_running_loop(), {})
    return held.setdefault(program, Computer(program, idle_seconds))


async def stop_computers() -> None:
    """End the processes of the running event loop."""
    for one in _computers.pop(asyncio.get_running_loop(), {}).values():
        await one.stop()
