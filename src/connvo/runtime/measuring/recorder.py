"""Count the calls of this node: per function by outcome and duration, with samples, and per caller in a minute.

Guarantees: everything belongs to the event loop. Recording a call takes about a microsecond. Memory is bounded: by the
functions that exist, the codes of errors, a few samples a minute and the callers that are counted.
Does not know: arguments and results.
"""

import math
import random
from collections.abc import Callable, Mapping
from heapq import heappush, heapreplace
from typing import TypeAlias

import msgspec

from connvo.rules.monitoring.calls import CallKind, Calls, Tally

from .tables import CallSample

MS = 1000.0
MINUTE_MS = 60_000.0
SLOWEST, FAILURES, OTHERS = 5, 10, 5
MAX_CALLERS = 20_000
# Just below 1, whose complement has no logarithm.
MAX_WEIGHT = 1 - 1e-9
# The request id of a run that no request asked for: a commit touched what a live query reads.
LIVE_RUN = "live"

RequestId: TypeAlias = str | Callable[[], str]


class Window(msgspec.Struct, frozen=True):
    """The counts since the beginning of a minute; `start` in ms."""

    start: float
    functions: dict[str, Calls]
    updates: Calls
    samples: tuple[CallSample, ...]
    requests: int
    request_bytes: int
    refused: int


class Samples:
    """A few calls of a minute: the slowest, the first that failed, and some others by chance.

    Each call is one of the others with the same probability. The number of the next one is drawn in advance (Li's
    algorithm L), so that most calls cost a few comparisons.
    """

    __slots__ = ("_draw", "_slowest", "_failures", "_others", "_seen", "_least", "_weight", "_next")

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._slowest: list[tuple[float, int, CallSample]] = []
        self._failures: list[CallSample] = []
        self._others: list[CallSample] = []
        self._seen = 0
        self._least = -1.0
        self._weight = 1.0
        self._next = 0

    def offer(
        self, function: str, ms: float, code: str | None, request_id: RequestId, now: Callable[[], float]
    ) -> None:
        """Keep a call if it is one of those to keep."""
        self._seen = seen = self._seen + 1
        failed = code is not None and len(self._failures) < FAILURES
        if not failed and ms <= self._least and seen < self._next:
            return
        named = request_id if isinstance(request_id, str) else request_id()
        sample = CallSample(function, round(ms, 3), now(), named, code)
        if failed:
            self._failures.append(sample)
        elif len(self._slowest) < SLOWEST:
            heappush(self._slowest, (ms, seen, sample))
        elif ms > self._least:
            heapreplace(self._slowest, (ms, seen, sample))
        else:
            self._keep_other(sample, seen)
        if len(self._slowest) == SLOWEST:
            self._least = self._slowest[0][0]

    def _keep_other(self, sample: CallSample, seen: int) -> None:
        if len(self._others) < OTHERS:
            self._others.append(sample)
            if len(self._others) < OTHERS:
                return
        else:
            self._others[int(self._draw() * OTHERS)] = sample
        # Of numbers from 0 up to 1, 1 less the number has a logarithm.
        self._weight = min(MAX_WEIGHT, self._weight * math.exp(math.log(1 - self._draw()) / OTHERS))
        self._next = seen + 1 + int(math.log(1 - self._draw()) / math.log1p(-self._weight))

    def kept(self) -> tuple[CallSample, ...]:
        """Return the calls that were kept."""
        return (*[sample for *_, sample in self._slowest], *self._failures, *self._others)


class CallerCounts:
    """The calls and bytes of each caller in a minute, up to a number of callers, and of all."""

    __slots__ = ("calls", "size", "_by_caller")

    def __init__(self) -> None:
        self.calls = self.size = 0
        self._by_caller: dict[str, tuple[int, int]] = {}

    def add(self, caller: str, size: int) -> None:
        """Count a call."""
        self.calls += 1
        self.size += size
        calls, held = self._by_caller.get(caller, (0, 0))
        if calls or len(self._by_caller) < MAX_CALLERS:
            self._by_caller[caller] = calls + 1, held + size

    def of(self, caller: str) -> tuple[int, int]:
        """Return the calls and bytes of a caller."""
        return self._by_caller.get(caller, (0, 0))


class CallRecorder:
    """The calls of this node in the present minute. `kinds` are the public functions; no other path is counted."""

    def __init__(self, kinds: Mapping[str, CallKind], now_ms: Callable[[], float]) -> None:
        self._kinds = kinds
        self._now_ms = now_ms
        self._under_way: dict[str, int] = {}
        self.on_refused: Callable[[], None] = lambda: None
        self._start = now_ms() // MINUTE_MS * MINUTE_MS
        self._earlier = (0, 0.0)
        self._clear()

    def _clear(self) -> None:
        self._functions: dict[str, Tally] = {}
        self._updates = Tally()
        self._samples = Samples()
        self._callers = CallerCounts()
        self._refused = 0

    def kind_of(self, path: str) -> CallKind | None:
        """Return the kind of a public function, None for any other path."""
        return self._kinds.get(path)

    def began(self, path: str, caller: str, size: int) -> None:
        """Count a call that begins, with the bytes of its arguments."""
        if path not in self._kinds:
            return
        self._under_way[path] = self._under_way.get(path, 0) + 1
        self._callers.add(caller, size)

    def ended(self, path: str, seconds: float, code: str | None, request_id: RequestId) -> None:
        """Count the end of a call that had begun; `code` is that of its error, if it failed."""
        if path in self._kinds:
            self._under_way[path] -= 1
            self._count(path, seconds, code, request_id)

    def withdrew(self, path: str) -> None:
        """Count no call that had begun: it was refused after all."""
        if path in self._kinds:
            self._under_way[path] -= 1

    def ran(self, path: str, seconds: float, code: str | None) -> None:
        """Count a run of a live query."""
        if path in self._kinds:
            self._count(path, seconds, code, LIVE_RUN)

    def pushed(self, seconds: float) -> None:
        """Count a change that was sent to a live query, by the time since its commit."""
        self._updates.add(seconds * MS)

    @property
    def update_latency_ms(self) -> float:
        """The mean time from a commit until a live query was sent its change, in this minute and the one before."""
        count, total = self._earlier
        count, total = count + self._updates.count, total + self._updates.sum_ms
        return total / count if count else 0.0

    def refused(self) -> None:
        """Count a call that was refused because this node is overloaded."""
        self._refused += 1
        self.on_refused()

    def under_way(self, path: str) -> int:
        """Return how many calls of a function run."""
        return self._under_way.get(path, 0)

    def of_caller(self, caller: str) -> tuple[int, int, float]:
        """Return the calls and bytes of a caller in the present minute, and the beginning of this minute."""
        calls, size = self._callers.of(caller)
        return calls, size, self._start

    def take(self) -> tuple[Window, bool]:
        """Return what was counted in the minute that began last, and whether it is over: then the next one begins."""
        window = Window(
            start=self._start,
            functions={path: tally.stored() for path, tally in self._functions.items()},
            updates=self._updates.stored(),
            samples=self._samples.kept(),
            requests=self._callers.calls,
            request_bytes=self._callers.size,
            refused=self._refused,
        )
        minute = self._now_ms() // MINUTE_MS * MINUTE_MS
        is_over = minute != self._start
        if is_over:
            self._start = minute
            self._earlier = self._updates.count, self._updates.sum_ms
            self._clear()
        return window, is_over

    def _count(self, path: str, seconds: float, code: str | None, request_id: RequestId) -> None:
        tally = self._functions.get(path)
        if tally is None:
            tally = self._functions[path] = Tally(self._kinds[path])
        ms = seconds * MS
        tally.add(ms, code)
        self._samples.offer(path, ms, code, request_id, self._now_ms)
