"""The ear of one speaker: cuts the audio into utterances, asks for their words, and gives these in order.

Guarantees: nothing is lost if the process that tells speech from silence ends: the audio that has no result yet is
judged again by another one.

Does not know: where the words come from, and speakers.
"""

import asyncio
from collections import deque
from time import monotonic

from connvo.rules.transcripts import guards, pacing
from connvo.rules.transcripts.guards import MIN_SPEECH_MS, Heard
from connvo.rules.transcripts.utterances import WINDOW_SAMPLES, Utterance

from .base import (
    SAMPLE_BYTES,
    Broken,
    Deliver,
    EngineError,
    Final,
    Partial,
    Quiet,
    Transcription,
)
from .cutter import Cutter
from .decoding import Decoding, Piece
from .hearing import Hearing, Line

WINDOW_BYTES = WINDOW_SAMPLES * SAMPLE_BYTES
# The language that an engine found is believed once an utterance has this much speech.
LOCK_LANGUAGE_MS = 3_000.0


class Asked:
    """An utterance, and its result once there is one."""

    __slots__ = ("utterance", "result")

    def __init__(self, utterance: Utterance, result: Final | Broken | None = None) -> None:
        self.utterance = utterance
        self.result = result


class CuttingEar:
    """One stream of audio. `interim`: words are asked for while an utterance goes on."""

    def __init__(
        self, hearing: Hearing, decoding: Decoding, language: str | None, interim: bool, deliver: Deliver
    ) -> None:
        self._hearing = hearing
        self._decoding = decoding
        self._language = language
        self._interim = InterimPace(decoding) if interim else None
        self._deliver: Deliver | None = deliver
        self._line: Line | None = None
        self._lack: EngineError | None = None
        self._audio = AudioBuffer()
        self._cutter = Cutter()
        self._asked: deque[Asked] = deque()
        self._moved = asyncio.Event()
        self._reopening: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Open the line.

        Raises:
            EngineError: Nothing can hear now.
        """
        self._line = await self._hearing.open(self._windows, self._lost)

    async def feed(self, samples: bytes) -> None:
        """Hear more audio.

        Raises:
            EngineError: Nothing can hear now.
        """
        if self._lack is not None:
            raise self._lack
        self._audio.add(samples)
        if self._line is not None:
            await self._line.send(samples)

    def cut(self) -> None:
        """End the utterance that goes on: the audio that comes next was not spoken directly after it."""
        self._end(self._cutter.cut(self._audio.windows))
        self._settle()

    async def flush(self) -> None:
        """End the utterance that goes on; return when everything that was fed has its results."""
        self.cut()
        while self._deliver is not None and self._lack is None and (self._cutter.is_cutting or self._asked):
            self._moved.clear()
            await self._moved.wait()

    def close(self) -> None:
        """Give no more results."""
        self._deliver = None
        self._moved.set()
        self._decoding.forget(self)
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _windows(self, probabilities: tuple[float, ...]) -> None:
        for probability in probabilities:
            self._end(self._cutter.hear(probability))
        self._ask_interim()
        self._settle()

    def _end(self, ended: list[Utterance]) -> None:
        for utterance in ended:
            self._ask(utterance)

    def _ask(self, utterance: Utterance) -> None:
        asked = Asked(utterance)
        self._asked.append(asked)
        if utterance.speech_ms < MIN_SPEECH_MS:
            asked.result = Final(*_samples(utterance), "", doubt="too_short")
            return
        samples = self._audio.between(utterance.start, utterance.end)
        self._decoding.ask(Piece(self, samples, self._language, True, lambda answer: self._answered(asked, answer)))

    def _answered(self, asked: Asked, answer: Transcription | EngineError) -> None:
        start, end = _samples(asked.utterance)
        if isinstance(answer, EngineError):
            asked.result = Broken(start, end, answer.cause)
        else:
            asked.result = self._judged(asked.utterance, answer)
            if self._language is None and answer.language and asked.utterance.speech_ms >= LOCK_LANGUAGE_MS:
                self._language = answer.language
        self._settle()

    def _judged(self, utterance: Utterance, found: Transcription) -> Final:
        start, end = _samples(utterance)
        doubt = _doubt(utterance, found)
        text = "" if doubt else found.text.strip()
        return Final(start, end, text, found.confidence, found.language or self._language, doubt)

    def _ask_interim(self) -> None:
        utterance = self._cutter.speaking
        if self._interim is None or utterance is None or utterance.speech_ms < MIN_SPEECH_MS:
            return
        if not self._interim.is_due():
            return
        self._interim.asked()
        samples = self._audio.between(utterance.start, utterance.end)
        self._decoding.ask(
            Piece(self, samples, self._language, False, lambda answer: self._answered_interim(utterance, answer))
        )

    def _answered_interim(self, utterance: Utterance, answer: Transcription | EngineError) -> None:
        if self._interim is not None:
            self._interim.answered()
        current = self._cutter.speaking
        if isinstance(answer, EngineError) or current is None or current.start != utterance.start:
            return
        if self._deliver is not None and not _doubt(utterance, answer):
            start, end = _samples(utterance)
            language = answer.language or self._language
            self._deliver(Partial(start, end, answer.text.strip(), answer.confidence, language))

    def _settle(self) -> None:
        """Give the results that are next in order, then the position up to which there are all."""
        while self._asked and (result := self._asked[0].result) is not None:
            self._asked.popleft()
            if self._deliver is not None:
                self._deliver(result)
        self._moved.set()
        until = self._asked[0].utterance.start if self._asked else self._cutter.settled
        if until > self._audio.first:
            self._audio.drop(until)
            if self._deliver is not None:
                self._deliver(Quiet(until * WINDOW_SAMPLES))

    def _lost(self) -> None:
        """Judge the audio without results again, at another process."""
        self._line = None
        if self._deliver is not None:
            self._reopening = asyncio.create_task(self._reopen(), name="speech-reopen")

    async def _reopen(self) -> None:
        try:
            line = await self._hearing.open(self._windows, self._lost)
        except EngineError as error:
            self._lack = error
            self._moved.set()
            return
        if self._deliver is None:
            line.close()
            return
        # Utterances that were asked for stay asked for: only what came after them is judged again.
        begin = max(self._cutter.settled, self._audio.first)
        self._cutter.restart(begin)
        self._line = line
        await line.send(self._audio.since(begin))


class AudioBuffer:
    """The audio of a stream from the window `first` on."""

    def __init__(self) -> None:
        self.first = 0
        self._held = bytearray()

    @property
    def windows(self) -> int:
        """The number of whole windows since the start of the stream."""
        return self.first + len(self._held) // WINDOW_BYTES

    def add(self, samples: bytes) -> None:
        """Append audio."""
        self._held += samples

    def between(self, start: int, end: int) -> bytes:
        """Return the audio of some windows."""
        return bytes(self._held[(start - self.first) * WINDOW_BYTES : (end - self.first) * WINDOW_BYTES])

    def since(self, start: int) -> bytes:
        """Return the audio from a window on."""
        return bytes(self._held[(start - self.first) * WINDOW_BYTES :])

    def drop(self, until: int) -> None:
        """Drop the audio before a window."""
        del self._held[: (until - self.first) * WINDOW_BYTES]
        self.first = until


class InterimPace:
    """The pace of interim words of one speaker: one piece at a time, and fewer under load."""

    def __init__(self, decoding: Decoding) -> None:
        self._decoding = decoding
        self._asked_at = 0.0
        self._waits = False

    def is_due(self) -> bool:
        """Return whether it is time for another piece."""
        pause = pacing.interim_pause(self._decoding.lag)
        return pause is not None and not self._waits and monotonic() - self._asked_at >= pause

    def asked(self) -> None:
        """Record that a piece was asked for."""
        self._asked_at, self._waits = monotonic(), True

    def answered(self) -> None:
        """Record its answer."""
        self._waits = False


def _samples(utterance: Utterance) -> tuple[int, int]:
    return utterance.start * WINDOW_SAMPLES, utterance.end * WINDOW_SAMPLES


def _doubt(utterance: Utterance, found: Transcription) -> guards.Doubt | None:
    return guards.doubt(
        Heard(
            text=found.text,
            speech_ms=utterance.speech_ms,
            no_speech=found.no_speech,
            log_probability=found.log_probability,
        )
    )
