"""An engine that says what a test tells it to: loud audio is speech, and the words come from a script."""

import asyncio
import struct
from collections.abc import Callable
from typing import Any

from connvo.kernel.part_health import PartHealth
from connvo.providers.speech.base import SAMPLE_RATE, EngineError, Transcription
from connvo.providers.speech.engine import ListeningEngine
from connvo.rules.transcripts.utterances import WINDOW_SAMPLES

LOUD = 1000
FRAME_SAMPLES = 1600


def voice(seconds: float, level: int = 8000) -> bytes:
    """Returns audio that the scripted detector takes for speech."""
    return struct.pack("<h", level) * int(seconds * SAMPLE_RATE)


def silence(seconds: float) -> bytes:
    """Returns audio without speech."""
    return bytes(2 * int(seconds * SAMPLE_RATE))


class LoudLine:
    """A stream whose windows are judged by their first sample, at once."""

    def __init__(self, hearing: "LoudHearing", on_windows: Callable[[tuple[float, ...]], None]) -> None:
        self._hearing = hearing
        self._on_windows = on_windows
        self._rest = b""
        self.lost = False

    async def send(self, samples: bytes) -> None:
        """Judges the windows that are whole."""
        if self.lost:
            return
        await asyncio.sleep(0)
        held = self._rest + samples
        size = WINDOW_SAMPLES * 2
        whole = len(held) // size * size
        self._rest = held[whole:]
        levels = (abs(struct.unpack_from("<h", held, at)[0]) for at in range(0, whole, size))
        self._on_windows(tuple(1.0 if level > LOUD else 0.0 for level in levels))

    def close(self) -> None:
        """Ends the stream."""
        self._hearing.open_lines -= 1


class LoudHearing:
    """A detector of loudness. While `away` is set no stream can begin; `lose` ends those that are open."""

    def __init__(self) -> None:
        self.away = False
        self.open_lines = 0
        self._lines: list[tuple[LoudLine, Callable[[], None]]] = []

    async def start(self) -> None:
        """Does nothing."""

    async def stop(self) -> None:
        """Does nothing."""

    def health(self) -> PartHealth:
        """Returns that it works."""
        return PartHealth(not self.away, "scripted")

    async def open(self, on_windows: Callable[[tuple[float, ...]], None], on_lost: Callable[[], None]) -> LoudLine:
        """Returns a stream."""
        if self.away:
            raise EngineError("away", "scripted")
        self.open_lines += 1
        line = LoudLine(self, on_windows)
        self._lines.append((line, on_lost))
        return line

    def lose(self) -> None:
        """Ends all streams as if their process had died."""
        lines, self._lines = self._lines, []
        for line, on_lost in lines:
            line.lost = True
            on_lost()


class Script:
    """A recogniser: `answers` are given in order, an exception is raised, and then `default` again and again.

    While `held` is clear it answers nothing. `asked` are the seconds of audio of each request.
    """

    name = "scripted"
    interim = False
    slots = 1

    def __init__(self, *answers: "str | Transcription | Exception", default: str = "Hello") -> None:
        self.answers = list(answers)
        self.default: str | Exception = default
        self.languages: frozenset[str] = frozenset()
        self.asked: list[float] = []
        self.spoken: list[str | None] = []
        self.held = asyncio.Event()
        self.held.set()

    async def start(self) -> None:
        """Does nothing."""

    async def stop(self) -> None:
        """Does nothing."""

    def health(self) -> PartHealth:
        """Returns that it works."""
        return PartHealth(True, "scripted")

    async def recognise(self, samples: bytes, language: str | None) -> Transcription:
        """Returns the next answer of the script."""
        self.asked.append(round(len(samples) / 2 / SAMPLE_RATE, 3))
        self.spoken.append(language)
        await self.held.wait()
        answer: Any = self.answers.pop(0) if self.answers else self.default
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Transcription) else Transcription(text=answer)


class ScriptedEngine(ListeningEngine):
    """An engine of these two."""

    def __init__(self, *answers: "str | Transcription | Exception", interim: bool = False) -> None:
        self.hearing = LoudHearing()
        self.script = Script(*answers)
        super().__init__(self.hearing, self.script, interim)
