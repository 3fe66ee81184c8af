"""A rate limit with a burst: a bucket that holds `burst` tokens and gains `rate` tokens per second.

A call that finds too few tokens takes none, so a refused caller does not wait longer for trying again.
"""

import msgspec

MS = 1000.0
# A rounding error between two refills must not cost a whole call.
_ROUNDING = 1e-9


class Taken(msgspec.Struct, frozen=True):
    """The tokens left, and the seconds to wait; 0 means that the tokens were taken."""

    tokens: float
    wait: float


def take(tokens: float, elapsed_ms: float, burst: float, rate: float, cost: float = 1.0) -> Taken:
    """Refill the bucket for `elapsed_ms` and take `cost` tokens if they suffice.

    A clock that was set back refills nothing; callers that use wall time must detect that.
    """
    held = min(burst, tokens + max(elapsed_ms, 0.0) / MS * rate)
    if held + _ROUNDING >= cost:
        return Taken(max(held - cost, 0.0), 0.0)
    return Taken(held, (cost - held) / rate)


def full_after_ms(tokens: float, burst: float, rate: float) -> float:
    """Return the milliseconds until the bucket is full, and need not be kept."""
    return max(burst - tokens, 0.0) / rate * MS
