"""One stream of speech: from frames to words, and the answers to the client.

    start ──▶ listening ◀──▶ paused ──▶ ended

Guarantees:
    `through` names a frame only once everything up to it is stored, shown, or known to hold no words.
    A pause forgets all audio after `through`: the client still has it, and sends it again.
    No audio is taken of a member who has not agreed, or no longer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

import structlog

from connvo.providers.speech.base import Broken, Ear, EngineError, Final, Partial, Quiet, Result
from connvo.store.engine import StoreError

from . import endings, messages
from .endings import Ended
from .messages import Frame, PauseReason
from .pressure import Pressure
from .services import Listening
from .speaker import Speaker
from .timeline import Timeline

log = structlog.get_logger()
FLUSH_SECONDS = 2.0
# After the end of a connection its last words may still arrive for so long.
LAST_WORDS_SECONDS = 5.0
# Where no frame follows, the speaker made a pause.
QUIET_SECONDS = 1.0
CHECK_SECONDS = 1.0
RETRY_SECONDS = 2.0
# The client is told about silence in steps of this many frames.
STEP = 5
# Frames end at the words that were stored, but for the difference of two measurements of the clock.
CLOCK_MS = 100.0

Say = Callable[[bytes], Awaitable[None]]


class SpeechStream:
    """A stream of one connection. `say` sends a message to the client."""

    def __init__(self, pressure: Pressure, speaker: Speaker, say: Say, clock: float) -> None:
        self._pressure = pressure
        self._say = say
        self._ear: Ear | None = None
        self._times = Timeline()
        self._results: asyncio.Queue[tuple[Timeline, Result]] = asyncio.Queue()
        self._said_at = monotonic()
        self._last = 0
        self._through = 0
        self._heard_until = 0.0
        self.speaker = speaker
        self.set_clock(clock)
        self.pause_reason: PauseReason | None = None

    @property
    def meeting_id(self) -> str:
        """The meeting that the speaker is in."""
        return self.speaker.meeting_id

    def set_clock(self, clock: float) -> None:
        """Take what the client's clock shows now, in ms."""
        self._offset = self._pressure.services.now_ms() - clock

    async def begin(self) -> None:
        """Start listening, or say why not.

        Raises:
            Ended: The member may not be heard, or speaks a language that the engine does not know.
        """
        await self._check(first=True)

    async def run(self) -> None:
        """Deal with results, and check once a second whether the member may still be heard, until cancelled.

        Raises:
            Ended: They may not, or the token has expired.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deal())
            group.create_task(self._watch())

    async def hear(self, frame: Frame) -> None:
        """Take a frame; frames that are known already, or come in a pause, are dropped."""
        if self._ear is None or frame.sequence <= self._last:
            return
        at = min(frame.captured_at + self._offset, self._pressure.services.now_ms())
        end = at + frame.seconds * 1000.0
        if end <= self._heard_until + CLOCK_MS and self._last == self._through:
            self._last = self._through = frame.sequence
            return
        self._last, self._said_at = frame.sequence, monotonic()
        if not self._pressure.spend(self.meeting_id, frame.seconds):
            await self.pause("budget", None)
            return
        if not self._times.add(frame.sequence, at, len(frame.samples) // messages.SAMPLE_BYTES):
            self._ear.cut()
        try:
            await self._ear.feed(frame.samples)
        except EngineError as error:
            log.warning("speech_engine_lost", reason=str(error))
            await self.pause("engine", RETRY_SECONDS)

    async def flush(self) -> None:
        """End what is being said; answer once its words are stored, or after two seconds."""
        times = self._times
        with suppress(TimeoutError):
            await asyncio.wait_for(self._finish(), FLUSH_SECONDS)
            if times is self._times and self._ear is not None:
                times.drop_all()
                self._through = self._last
        await self._say(messages.through(self._through, flushed=True))

    async def close(self, complete: bool) -> None:
        """End the stream; `complete`: the client will not send again what was not answered."""
        if complete and self._ear is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._finish(), LAST_WORDS_SECONDS)
        self._drop_ear()
        await self.speaker.fall_silent()

    async def pause(self, reason: PauseReason, retry_seconds: float | None) -> None:
        """Stop listening and say why; audio without words is the client's again."""
        if self.pause_reason == reason:
            return
        self._drop_ear()
        self.pause_reason = reason
        self._last = self._through
        self._pressure.paused(self, reason, retry_seconds)
        await self._say(messages.paused(reason, retry_seconds))
        await self.speaker.fall_silent()

    async def _finish(self) -> None:
        if self._ear is not None:
            await self._ear.flush()
        await self._results.join()

    def _drop_ear(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()
        self._times = Timeline()

    async def _check(self, first: bool) -> None:
        listening = await self.speaker.listening()
        if listening.mode != "off" and not listening.allowed:
            raise Ended(endings.NOT_ALLOWED, "CONSENT_REQUIRED", "Agree first, by transcripts/session:answer")
        if listening.mode == "off":
            if self._ear is not None:
                # The meeting may have ended a moment ago: its last words are still taken.
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._finish(), LAST_WORDS_SECONDS)
            await self.pause("off", None)
        elif self._ear is None and (first or self.pause_reason == "off" or self._pressure.may_resume(self)):
            await self._listen(listening)

    async def _listen(self, listening: Listening) -> None:
        engine, language = self._pressure.services.engine, self.speaker.language(listening)
        lack = self._pressure.lack()
        if engine is None or lack is not None:
            await self.pause(*(lack or ("engine", None)))
            return
        if language is not None and engine.languages and language not in engine.languages:
            known = ", ".join(sorted(engine.languages))
            raise Ended(endings.UNKNOWN_LANGUAGE, "LANGUAGE_NOT_RECOGNISED", f"This server recognises {known}")
        times = self._times = Timeline()
        self._heard_until = listening.final_until
        try:
            self._ear = await engine.open(language, lambda result: self._results.put_nowait((times, result)))
        except EngineError as error:
            log.warning("speech_engine_away", reason=str(error))
            await self.pause("engine", RETRY_SECONDS)
            return
        self.pause_reason = None
        self._last = self._through
        self._pressure.listening(self)
        await self._say(messages.ready(engine.name, engine.interim, self._through, sorted(engine.languages)))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if self._ear is not None and monotonic() - self._said_at > QUIET_SECONDS:
                self._ear.cut()
            with suppress(StoreError):
                await self._check(first=False)

    async def _deal(self) -> None:
        while True:
            times, result = await self._results.get()
            try:
                # Results of an ear that was dropped are the client's to send again.
                if times is self._times:
                    await self._take(times, result)
            finally:
                self._results.task_done()

    async def _take(self, times: Timeline, result: Result) -> None:
        match result:
            case Partial():
                if self._results.empty():
                    await self.speaker.murmur(result, times)
            case Final():
                await self._take_final(times, result)
            case Broken():
                self._pressure.counts.lost(self.meeting_id, result)
            case Quiet(until):
                told = self._through
                if self._advance(times, until) and self._through // STEP > told // STEP:
                    await self._say(messages.through(self._through))

    async def _take_final(self, times: Timeline, final: Final) -> None:
        self._pressure.counts.decoded(self.meeting_id, final)
        if not final.text:
            return
        taken = await self.speaker.say(final, times)
        if taken == "failed":
            await self.pause("busy", RETRY_SECONDS)
            return
        self._pressure.counts.taken(taken, self._pressure.services.now_ms() - times.end_of(final.end))
        if self._advance(times, final.end):
            await self._say(messages.through(self._through))

    def _advance(self, times: Timeline, until: int) -> bool:
        """Take the frames before a position as dealt with; return whether there are any."""
        last = times.drop_before(until)
        if last is None or times is not self._times:
            return False
        self._through = last
        return True
