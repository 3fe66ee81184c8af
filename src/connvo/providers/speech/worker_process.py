"""The server's side of one speech worker: its process, its messages, and the check that it is not stuck.

Guarantees:
    A worker that does not answer in time is killed, also one that was stopped.
    When it has ended, whatever waited for it is told.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Self

import msgspec

from connvo.providers.framing import LENGTH_BYTES

from .base import EngineError, Transcription
from .hearing import OnWindows
from .worker_messages import (
    Audio,
    Close,
    Decode,
    Decoded,
    Failed,
    FromWorker,
    Open,
    Ready,
    ToWorker,
    Windows,
    from_worker,
    length_of,
    packed,
)

PROGRAM = "connvo.providers.speech.worker"
# No secret of the server is in the environment of its workers.
KEPT_VARIABLES = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "TZ")
LOAD_SECONDS = 60.0
CHECK_SECONDS = 1.0
SAID_BYTES = 2048


class Line:
    """A stream of audio at a worker. `on_windows` is called with probabilities in order, `on_lost` when it ends."""

    def __init__(self, worker: "SpeechWorker", number: int, on_windows: OnWindows, on_lost: Callable[[], None]) -> None:
        self._worker = worker
        self._number = number
        self.on_windows = on_windows
        self.on_lost = on_lost

    async def send(self, samples: bytes) -> None:
        """Send audio; return once there is room for more. Without effect on a line that is lost."""
        await self._worker.hear(self._number, samples)

    def close(self) -> None:
        """End the line."""
        self._worker.close_line(self._number)


class SpeechWorker:
    """A running worker. `patience` is the time limit for an answer in seconds."""

    def __init__(self, process: asyncio.subprocess.Process, patience: float) -> None:
        self._process = process
        self._patience = patience
        self._numbers = count(1)
        self._lines: dict[int, Line] = {}
        self._decoding: dict[int, asyncio.Future[Transcription]] = {}
        self._unanswered = 0
        self._waiting_since = 0.0
        self._said = b""
        self._tasks: list[asyncio.Task[None]] = []
        self.ready = asyncio.Event()

    @classmethod
    async def start(cls, kind: str, folder: str, patience: float) -> Self:
        """Start a worker, which loads its models before it is ready.

        Raises:
            OSError: It cannot be started.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", PROGRAM, kind, folder),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            # Outside the terminal's group: Ctrl+C is for the server, which then stops its workers.
            start_new_session=True,
        )
        worker = cls(process, patience)
        worker._tasks = [
            asyncio.create_task(worker._read(), name="speech-worker"),
            asyncio.create_task(worker._listen(), name="speech-worker-said"),
            asyncio.create_task(worker._check(), name="speech-worker-check"),
        ]
        return worker

    @property
    def running(self) -> bool:
        """Return whether the process runs."""
        return self._process.returncode is None

    @property
    def lines(self) -> int:
        """The number of lines."""
        return len(self._lines)

    @property
    def decoding(self) -> int:
        """The number of utterances that it is asked about."""
        return len(self._decoding)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    async def ended(self) -> str:
        """Wait for the end of the process; return the reason in words."""
        await self._process.wait()
        await asyncio.gather(*self._tasks[:2], return_exceptions=True)
        last = self._said.decode("utf-8", "replace").strip().splitlines()
        return f"ended with status {self._process.returncode}" + (f": {last[-1][:200]}" if last else "")

    async def end(self) -> None:
        """Kill the process."""
        self.kill()
        await self._process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lose()

    def kill(self) -> None:
        """Kill the process, which has nothing to finish."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def open(self, on_windows: OnWindows, on_lost: Callable[[], None]) -> Line:
        """Return a new line."""
        number = next(self._numbers)
        line = self._lines[number] = Line(self, number, on_windows, on_lost)
        self._write(Open(number))
        return line

    def close_line(self, number: int) -> None:
        """End a line."""
        if self._lines.pop(number, None) is not None:
            self._write(Close(number))

    async def hear(self, number: int, samples: bytes) -> None:
        """Send audio of a line; return once there is room for more."""
        if number not in self._lines:
            return
        if not self._unanswered:
            self._waiting_since = asyncio.get_running_loop().time()
        self._unanswered += 1
        self._write(Audio(number, samples))
        assert self._process.stdin is not None
        with suppress(ConnectionError):
            await self._process.stdin.drain()

    async def decode(self, samples: bytes) -> Transcription:
        """Return the words of an utterance.

        Raises:
            EngineError: The worker ended, took too long, or could not do it.
        """
        number = next(self._numbers)
        answer: asyncio.Future[Transcription] = asyncio.get_running_loop().create_future()
        self._decoding[number] = answer
        self._write(Decode(number, samples))
        try:
            async with asyncio.timeout(self._patience):
                return await answer
        except TimeoutError:
            self.kill()
            raise EngineError("slow", "the recogniser did not answer in time") from None
        finally:
            self._decoding.pop(number, None)

    def _write(self, message: ToWorker) -> None:
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(packed(message))

    async def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError, ValueError, msgspec.DecodeError):
            while True:
                size = length_of(await output.readexactly(LENGTH_BYTES))
                self._take(from_worker(await output.readexactly(size)))
        # Also a worker whose answers make no sense ends here.
        self.kill()
        self._lose()

    def _take(self, message: FromWorker) -> None:
        match message:
            case Ready():
                self.ready.set()
            case Windows(number, probabilities):
                self._unanswered -= 1
                self._waiting_since = asyncio.get_running_loop().time()
                line = self._lines.get(number)
                if line is not None:
                    line.on_windows(probabilities)
            case Decoded(number, text):
                self._answer(number, Transcription(text=text))
            case Failed(number, reason):
                self._answer(number, EngineError("nonsense", f"the recogniser failed: {reason}", again=False))

    def _answer(self, number: int, answer: Transcription | EngineError) -> None:
        waiting = self._decoding.get(number)
        if waiting is None or waiting.done():
            return
        if isinstance(answer, EngineError):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)

    def _lose(self) -> None:
        """Tell whatever waits that the worker is gone, and let nothing wait for it any more."""
        self.ready.clear()
        for number in list(self._decoding):
            self._answer(number, EngineError("dead", "the recogniser's process ended"))
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.on_lost()

    async def _listen(self) -> None:
        """Keep the end of what the process prints, to say why it ended."""
        errors = self._process.stderr
        assert errors is not None
        while said := await errors.read(SAID_BYTES):
            self._said = (self._said + said)[-SAID_BYTES:]

    async def _check(self) -> None:
        """Kill a worker that does not load, or judges no audio."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                await self.ready.wait()
        except TimeoutError:
            self.kill()
        while self.running:
            await asyncio.sleep(CHECK_SECONDS)
            if self._unanswered and loop.time() - self._waiting_since > self._patience:
                self.kill()
