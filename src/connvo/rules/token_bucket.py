"""A rate with a burst: a bucket that holds `burst` tokens and gets `rate` new ones per second.

A call that finds too few tokens takes none, so a refused caller is not kept out longer by trying again.
"""

import msgspec

MS = 1000.0
# What floating point may lose between two refills must not cost a whole call.
_ROUNDING = 1e-9


class Taken(msgspec.Struct, frozen=True):
    """What came of taking: the tokens left, and in seconds how long to wait; 0 means they were taken."""

    tokens: float
    wait: float


def take(tokens: float, elapsed_ms: float, burst: float, rate: float, cost: float = 1.0) -> Taken:
    """Return the bucket after `elapsed_ms` of refilling and, if they suffice, the taking of `cost` tokens.

    A clock that went back refills nothing; who keeps buckets by wall time has to notice that it was set.
    """
    held = min(burst, tokens + max(elapsed_ms, 0.0) / MS * rate)
    if held + _ROUNDING >= cost:
        return Taken(max(held - cost, 0.0), 0.0)
    return Taken(held, (cost - held) / rate)


def full_after_ms(tokens: float, burst: float, rate: float) -> float:
    """Return in how many milliseconds the bucket is full again, and so is the same as none."""
    return max(burst - tokens, 0.0) / rate * MS
