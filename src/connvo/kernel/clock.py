"""Time. Wall time for people, as milliseconds since the epoch; a monotonic clock for durations."""

import time

NS_PER_MS = 1_000_000


def now_ns() -> int:
    """Returns wall time in nanoseconds since the epoch."""
    return time.time_ns()


def now_ms() -> float:
    """Returns wall time in milliseconds since the epoch."""
    return time.time_ns() / NS_PER_MS


def next_timestamp(last: int, wall_ns: int) -> int:
    """Returns the commit timestamp after `last`: wall time, but never back and never twice the same."""
    return max(last + 1, wall_ns)
