"""Count the calls of one function: how many, how long, and which of them failed.

Guarantees:
    Counts merge by addition, so those of several nodes and times are as exact as those of one.
"""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from . import histogram

CallKind: TypeAlias = Literal["query", "mutation", "action"]
# Calls that took longer than these are counted exactly, beside the buckets: objectives speak of them.
P95_MS, UPDATE_MS, P99_MS = 120.0, 150.0, 250.0
PERCENT = 100.0
# The codes of failures that are the server's.
FAULTS = frozenset({"INTERNAL_ERROR", "SERVICE_UNAVAILABLE"})


class Calls(msgspec.Struct, frozen=True):
    """The counted calls of one function in a window, as they are stored; `over` are those above 120, 150 and 250 ms."""

    kind: CallKind
    count: int = 0
    sum_ms: float = 0.0
    over: tuple[int, int, int] = (0, 0, 0)
    buckets: tuple[int, ...] = ()
    errors: dict[str, int] = {}


class Tally:
    """Calls that are being counted, or merged."""

    __slots__ = ("kind", "count", "sum_ms", "over_p95", "over_update", "over_p99", "buckets", "errors")

    def __init__(self, kind: CallKind = "query") -> None:
        self.kind = kind
        self.count = 0
        self.sum_ms = 0.0
        self.over_p95 = self.over_update = self.over_p99 = 0
        self.buckets: histogram.Buckets = {}
        self.errors: dict[str, int] = {}

    def add(self, ms: float, code: str | None = None) -> None:
        """Count a call by its duration and, if it failed, its code."""
        self.count += 1
        self.sum_ms += ms
        bucket = histogram.bucket_of(ms)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        if ms > P95_MS:
            self.over_p95 += 1
            self.over_update += ms > UPDATE_MS
            self.over_p99 += ms > P99_MS
        if code is not None:
            self.errors[code] = self.errors.get(code, 0) + 1

    def merge(self, calls: Calls) -> None:
        """Add the calls of another node or window."""
        self.kind = calls.kind
        self.count += calls.count
        self.sum_ms += calls.sum_ms
        self.over_p95 += calls.over[0]
        self.over_update += calls.over[1]
        self.over_p99 += calls.over[2]
        histogram.add_stored(self.buckets, calls.buckets)
        for code, count in calls.errors.items():
            self.errors[code] = self.errors.get(code, 0) + count

    def stored(self) -> Calls:
        """Return the counts as they are stored."""
        over = (self.over_p95, self.over_update, self.over_p99)
        buckets = histogram.flat(self.buckets)
        return Calls(self.kind, self.count, round(self.sum_ms, 3), over, buckets, dict(self.errors))

    @property
    def failures(self) -> int:
        """The number of calls that ended with an error."""
        return sum(self.errors.values())

    @property
    def faults(self) -> int:
        """The number of calls whose error was the server's."""
        return sum(count for code, count in self.errors.items() if code in FAULTS)

    @property
    def average_ms(self) -> float:
        """The mean duration; 0 without calls."""
        return self.sum_ms / self.count if self.count else 0.0

    @property
    def success_rate(self) -> float:
        """The percentage of calls that did not fail: 100 without calls, as none failed."""
        return PERCENT * (self.count - self.failures) / self.count if self.count else PERCENT

    def quantile(self, share: float) -> float:
        """Return a quantile of the durations, in ms; 0 without calls."""
        return histogram.quantile(self.buckets, share)

    @property
    def holds_p95(self) -> bool:
        """Whether 95 % took at most 120 ms. False without calls: nothing is shown then."""
        return self.count > 0 and self.over_p95 * 20 <= self.count

    @property
    def holds_p99(self) -> bool:
        """Whether 99 % took at most 250 ms. False without calls."""
        return self.count > 0 and self.over_p99 * 100 <= self.count


def merged(parts: Iterable[Calls]) -> Tally:
    """Return the sum of counted calls."""
    total = Tally()
    for part in parts:
        total.merge(part)
    return total
