"""The streams of a process together: which of them are heard, under load, in outages and within the budget.

Guarantees:
    Under load the newest streams pause first, and the one that waited longest goes on first.
    Members see why nothing is recognised only if no stream of their meeting is heard here.
"""

import asyncio
from collections.abc import Coroutine
from time import monotonic
from typing import Protocol

import structlog

from connvo.kernel.errors import FunctionError
from connvo.providers.speech.base import Outage
from connvo.rules.transcripts import pacing
from connvo.store.engine import StoreError

from .budget import MinuteBudget
from .counts import Counts
from .messages import PauseReason
from .services import Services

log = structlog.get_logger()
TICK_SECONDS = 0.5
BUSY_SECONDS = 2.0
MS = 1000.0


class Heard(Protocol):
    """The part of a stream that is decided here."""

    pause_reason: PauseReason | None

    @property
    def meeting_id(self) -> str:
        """The meeting."""
        ...

    async def pause(self, reason: PauseReason, retry_seconds: float | None) -> None:
        """Stop listening and say why."""
        ...


class Pressure:
    """The streams in the order in which they began to be heard, with the times at which paused ones may go on."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.counts = Counts(services.measured)
        self._listening: dict[Heard, None] = {}
        self._paused: dict[Heard, float] = {}
        self._reported: dict[str, tuple[PauseReason | None, float | None]] = {}
        self._budget = MinuteBudget(services.settings)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticking: asyncio.Task[None] | None = None
        if services.engine is not None:
            services.engine.on_outage(self._outage)

    def __len__(self) -> int:
        return len(self._listening)

    @property
    def lag(self) -> float:
        """The age of the oldest finished utterance without its words, in seconds."""
        return 0.0 if self.services.engine is None else self.services.engine.lag

    def start(self) -> None:
        """Start watching the load."""
        self._ticking = asyncio.create_task(self._tick(), name="speech-pressure")

    async def stop(self) -> None:
        """Stop watching it."""
        if self._ticking is not None:
            self._ticking.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def lack(self) -> tuple[PauseReason, float | None] | None:
        """Return why no stream can begin now, and the seconds until the next try; None if one can."""
        engine = self.services.engine
        if engine is None:
            return "engine", None
        outage = engine.outage
        if outage is not None:
            return _reason(outage), max(outage.until - monotonic(), 0.0)
        return ("busy", BUSY_SECONDS) if pacing.must_pause(engine.lag) else None

    def listening(self, stream: Heard) -> None:
        """Record that a stream is heard."""
        self._paused.pop(stream, None)
        self._listening[stream] = None
        self._report(stream.meeting_id)

    def paused(self, stream: Heard, reason: PauseReason, retry_seconds: float | None) -> None:
        """Record that a stream paused."""
        self._listening.pop(stream, None)
        self._paused.setdefault(stream, 0.0)
        self._paused[stream] = monotonic() + (retry_seconds or 0.0)
        self.counts.paused(reason)
        self._report(stream.meeting_id, retry_seconds)

    def leave(self, stream: Heard) -> None:
        """Record that a stream ended."""
        self._listening.pop(stream, None)
        self._paused.pop(stream, None)
        if self._streams_of(stream.meeting_id):
            self._report(stream.meeting_id)
            return
        self.counts.forget(stream.meeting_id)
        reason, _ = self._reported.pop(stream.meeting_id, (None, None))
        if reason is not None:
            # The next stream finds out for itself.
            self._spawn(self._send(stream.meeting_id, None, None))

    def may_resume(self, stream: Heard) -> bool:
        """Return whether a paused stream may go on now."""
        if monotonic() < self._paused.get(stream, 0.0) or self.lack() is not None:
            return False
        if stream.pause_reason == "budget":
            return self._budget.has_left(stream.meeting_id)
        if stream.pause_reason == "busy":
            waiting = [one for one in self._paused if one.pause_reason == "busy"]
            return pacing.may_resume(self.lag) and waiting[:1] == [stream]
        return True

    def spend(self, meeting_id: str, seconds: float) -> bool:
        """Count audio of a meeting; return whether its budget allows it."""
        self.counts.heard(seconds)
        return self._budget.spend(meeting_id, seconds)

    def _engine_name(self) -> str | None:
        return None if self.services.engine is None else self.services.engine.name

    def _streams_of(self, meeting_id: str) -> list[Heard]:
        return [one for one in (*self._listening, *self._paused) if one.meeting_id == meeting_id]

    def _outage(self, outage: Outage) -> None:
        for stream in list(self._listening):
            self._spawn(stream.pause(_reason(outage), max(outage.until - monotonic(), 0.0)))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if pacing.must_pause(self.lag) and self._listening:
                await next(reversed(self._listening)).pause("busy", BUSY_SECONDS)

    def _report(self, meeting_id: str, retry_seconds: float | None = None) -> None:
        """Let members of a meeting see why nothing is recognised, or that it is again."""
        streams = self._streams_of(meeting_id)
        reasons = [one.pause_reason for one in streams if one.pause_reason != "off"]
        if not reasons:
            return
        reason = None if None in reasons else reasons[-1]
        if self._reported.get(meeting_id, ("off", None))[0] == reason:
            return
        retry_at = None if reason is None or retry_seconds is None else self.services.now_ms() + retry_seconds * MS
        self._reported[meeting_id] = reason, retry_at
        self._spawn(self._send(meeting_id, reason, retry_at))

    async def _send(self, meeting_id: str, reason: PauseReason | None, retry_at: float | None) -> None:
        try:
            await self.services.call(
                self.services.functions.report,
                meeting_id=meeting_id,
                engine=self._engine_name(),
                reason=reason,
                retry_at=retry_at,
            )
        except (StoreError, FunctionError) as error:
            self._reported.pop(meeting_id, None)
            log.warning("speech_state_not_stored", reason=error.message)

    def _spawn(self, work: Coroutine[object, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _reason(outage: Outage) -> PauseReason:
    return "busy" if outage.cause == "busy" else "engine"
