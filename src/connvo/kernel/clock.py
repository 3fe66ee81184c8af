"""Read the clock: wall time in milliseconds since the epoch, and monotonic time for durations."""

import time
from collections.abc import Callable

NS_PER_MS = 1_000_000
MS = 1000.0
MIN_JUMP_MS = 1000.0


def now_ns() -> int:
    """Return wall time in nanoseconds since the epoch."""
    return time.time_ns()


def now_ms() -> float:
    """Return wall time in milliseconds since the epoch."""
    return time.time_ns() / NS_PER_MS


def within(now_ms: float, since_ms: float, span_ms: float) -> bool:
    """Return whether a moment is less than a span ago; False for the future, as the clock was then set back."""
    return 0.0 <= now_ms - since_ms < span_ms


class ClockWatch:
    """A detector of changes to the wall clock, by comparison with the monotonic clock."""

    def __init__(self, now_ms: Callable[[], float], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._ahead = self._difference()

    def take(self) -> float:
        """Return by how many milliseconds the clock was set since the last call; 0 if less than a second."""
        before, self._ahead = self._ahead, self._difference()
        jump = self._ahead - before
        return jump if abs(jump) >= MIN_JUMP_MS else 0.0

    def _difference(self) -> float:
        return self._now_ms() - self._monotonic() * MS


def next_timestamp(last: int, wall_ns: int) -> int:
    """Return the commit timestamp after `last`: wall time in nanoseconds, but strictly increasing."""
    return max(last + 1, wall_ns)
