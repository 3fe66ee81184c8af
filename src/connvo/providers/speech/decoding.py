"""The queue of utterances in front of a recogniser.

Guarantees:
    Final words come before interim ones, and the oldest first. Of each speaker at most one interim piece waits.
    An utterance at which the recogniser's process ended twice is given up, so that it cannot stop all others.
    After three failures in a row, or a refusal, nothing is asked for a while; what waited then is its speaker's again.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import structlog

from connvo.rules import breaker as breakers
from connvo.rules.breaker import Breaker, BreakerLimits

from .base import MS, EngineError, Outage, Recogniser, Transcription

log = structlog.get_logger()
LIMITS = BreakerLimits(failures=3, window_ms=30_000.0, first_pause_ms=1_000.0, max_pause_ms=60_000.0)
MAX_DEATHS = 2
AGAIN_SECONDS = 0.2

Answer = Callable[[Transcription | EngineError], None]


class Piece:
    """Audio to recognise. `owner` is the ear that it belongs to."""

    __slots__ = ("owner", "samples", "language", "final", "answer", "asked_at", "deaths")

    def __init__(self, owner: object, samples: bytes, language: str | None, final: bool, answer: Answer) -> None:
        self.owner = owner
        self.samples = samples
        self.language = language
        self.final = final
        self.answer = answer
        self.asked_at = monotonic()
        self.deaths = 0


class Decoding:
    """The pieces that wait for a recogniser, and those under way. `on_outage` is called when an outage begins."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._finals: deque[Piece] = deque()
        self._interims: OrderedDict[int, Piece] = OrderedDict()
        self._under_way: set[Piece] = set()
        self._there = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._breaker: Breaker = breakers.HEALTHY
        self._outage: Outage | None = None
        self.on_outage: Callable[[Outage], None] = lambda outage: None

    async def start(self) -> None:
        """Start asking."""
        slots = range(self._recogniser.slots)
        self._workers = [asyncio.create_task(self._work(), name="speech-decoding") for _ in slots]

    async def stop(self) -> None:
        """Stop asking; what waits gets no answer."""
        for task in self._workers:
            task.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    @property
    def lag(self) -> float:
        """The age of the oldest final piece without an answer, in seconds."""
        finals = [*self._finals, *(piece for piece in self._under_way if piece.final)]
        return monotonic() - min(piece.asked_at for piece in finals) if finals else 0.0

    @property
    def outage(self) -> Outage | None:
        """The outage that goes on, if any."""
        if self._outage is not None and monotonic() >= self._outage.until:
            self._outage = None
        return self._outage

    def ask(self, piece: Piece) -> None:
        """Ask for the words of a piece. A final one replaces what waits of interim pieces of its ear."""
        waiting = self._interims.pop(id(piece.owner), None)
        if waiting is not None:
            waiting.answer(EngineError("busy", "a later piece replaced it"))
        if piece.final:
            self._finals.append(piece)
        else:
            self._interims[id(piece.owner)] = piece
        self._there.set()

    def forget(self, owner: object) -> None:
        """Drop the pieces of an ear; one under way gets no answer."""
        self._interims.pop(id(owner), None)
        self._finals = deque(piece for piece in self._finals if piece.owner is not owner)
        for piece in self._under_way:
            if piece.owner is owner:
                piece.answer = _nothing

    async def _next(self) -> Piece:
        while True:
            if self._finals:
                return self._finals.popleft()
            if self._interims:
                return self._interims.popitem(last=False)[1]
            self._there.clear()
            await self._there.wait()

    async def _work(self) -> None:
        while True:
            piece = await self._next()
            self._under_way.add(piece)
            try:
                found = await self._recogniser.recognise(piece.samples, piece.language)
            except EngineError as error:
                await self._failed(piece, error)
            except Exception as error:
                log.error("speech_recogniser_failed", exc_info=error)
                await self._failed(piece, EngineError("nonsense", "the recogniser failed", again=False))
            else:
                self._breaker = breakers.HEALTHY
                piece.answer(found)
            finally:
                self._under_way.discard(piece)

    async def _failed(self, piece: Piece, error: EngineError) -> None:
        """Give a piece back to its ear, or ask for it again."""
        self._count(error)
        piece.deaths += error.cause == "dead"
        if not error.again or not piece.final or piece.deaths >= MAX_DEATHS:
            piece.answer(error)
        elif self.outage is None:
            self._finals.appendleft(piece)
            await asyncio.sleep(AGAIN_SECONDS)

    def _count(self, error: EngineError) -> None:
        now = monotonic() * MS
        fatal = error.cause in ("refused", "busy")
        self._breaker = breakers.failed(self._breaker, now, fatal, LIMITS)
        log.warning("speech_recogniser_error", cause=error.cause, reason=str(error))
        if breakers.state(self._breaker, now, LIMITS) != "open" or self.outage is not None:
            return
        until = breakers.retry_at(self._breaker, LIMITS)
        pause = min(max(until - now, (error.retry_after or 0.0) * MS), LIMITS.max_pause_ms)
        self._outage = Outage(error.cause, (now + pause) / MS)
        with suppress(Exception):
            self.on_outage(self._outage)


def _nothing(answer: Transcription | EngineError) -> None:
    """Ignore an answer that came too late."""
