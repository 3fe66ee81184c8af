"""A circuit breaker: when to stop calling a service that fails, and when to try again. Times in milliseconds.

    closed ──consecutive failures──▶ open ──its pause is over──▶ half_open ──a success──▶ closed
                                      ▲                              │
                                      └──────── a failure ───────────┘   with a longer pause

Does not know:
    The services, and where the state is stored.
"""

from typing import Literal, TypeAlias

import msgspec

BreakerState: TypeAlias = Literal["closed", "open", "half_open"]

FAILURES = 3
# Failures further apart than this are not consecutive.
WINDOW_MS = 60_000.0
FIRST_PAUSE_MS = 5_000.0
MAX_PAUSE_MS = 120_000.0
MAX_DOUBLINGS = 16


class BreakerLimits(msgspec.Struct, frozen=True):
    """The failures in a row that open a breaker, how far apart they may be, and the first and longest pause."""

    failures: int = FAILURES
    window_ms: float = WINDOW_MS
    first_pause_ms: float = FIRST_PAUSE_MS
    max_pause_ms: float = MAX_PAUSE_MS


DEFAULT = BreakerLimits()


class Breaker(msgspec.Struct, frozen=True):
    """The number of consecutive failures, the last at `failed_at`.

    The breaker is open since `opened_at`, for the `trips`th time without a success in between.
    """

    failures: int = 0
    failed_at: float = 0.0
    opened_at: float | None = None
    trips: int = 0


def state(breaker: Breaker, now: float, limits: BreakerLimits = DEFAULT) -> BreakerState:
    """Return whether the service may be used (closed), may not (open), or is tried with one call (half_open).

    A breaker opened in the future is half open: the clock was set back.
    """
    if breaker.opened_at is None:
        return "closed"
    return "open" if breaker.opened_at <= now < retry_at(breaker, limits) else "half_open"


def suspect(breaker: Breaker, now: float) -> bool:
    """Return whether the last call failed recently, so that a usable service should get nothing new."""
    return state(breaker, now) == "closed" and breaker.failures > 0 and 0 <= now - breaker.failed_at <= WINDOW_MS


def retry_at(breaker: Breaker, limits: BreakerLimits = DEFAULT) -> float:
    """Return when an open breaker allows the next try; 0 for a closed one."""
    if breaker.opened_at is None:
        return 0.0
    doubled = limits.first_pause_ms * 2.0 ** min(breaker.trips - 1, MAX_DOUBLINGS)
    return breaker.opened_at + float(min(doubled, limits.max_pause_ms))


def failed(breaker: Breaker, now: float, fatal: bool = False, limits: BreakerLimits = DEFAULT) -> Breaker:
    """Return the breaker after a failure. A `fatal` one, which will not pass soon, opens it at once."""
    match state(breaker, now, limits):
        case "open":
            return breaker
        case "half_open":
            return Breaker(breaker.failures + 1, now, now, breaker.trips + 1)
    in_a_row = breaker.failures + 1 if 0 <= now - breaker.failed_at <= limits.window_ms else 1
    if fatal or in_a_row >= limits.failures:
        return Breaker(in_a_row, now, now, 1)
    return Breaker(in_a_row, now)


# The breaker after a success.
HEALTHY = Breaker()
