"""A circuit breaker: when to stop asking a service that fails, and when to ask again.

Pure rules on plain values; times in milliseconds. Must not know the services, nor who keeps the state.

    closed ──so many failures in a row──▶ open ──its pause is over──▶ half_open ──a success──▶ closed
                                           ▲                              │
                                           └──────── a failure ───────────┘   with a longer pause
"""

from typing import Literal, TypeAlias

import msgspec

BreakerState: TypeAlias = Literal["closed", "open", "half_open"]

FAILURES = 3
# Failures further apart than this are no row.
WINDOW_MS = 60_000.0
FIRST_PAUSE_MS = 5_000.0
MAX_PAUSE_MS = 120_000.0
MAX_DOUBLINGS = 16


class Breaker(msgspec.Struct, frozen=True):
    """So many failures in a row, the last at `failed_at`.

    Open since `opened_at`, for the `trips`th time without a success in between.
    """

    failures: int = 0
    failed_at: float = 0.0
    opened_at: float | None = None
    trips: int = 0


def state(breaker: Breaker, now: float) -> BreakerState:
    """Return whether the service may be used (closed), may not (open), or is to be tried with one call (half_open).

    One that was opened in the future was so before the clock was set back: it is tried.
    """
    if breaker.opened_at is None:
        return "closed"
    return "open" if breaker.opened_at <= now < retry_at(breaker) else "half_open"


def suspect(breaker: Breaker, now: float) -> bool:
    """Return whether the last call failed and, though the service may be used, nothing new should be begun with it."""
    return state(breaker, now) == "closed" and breaker.failures > 0 and 0 <= now - breaker.failed_at <= WINDOW_MS


def retry_at(breaker: Breaker) -> float:
    """Return when an open breaker lets the next try through; 0 for a closed one."""
    if breaker.opened_at is None:
        return 0.0
    doubled = FIRST_PAUSE_MS * 2.0 ** min(breaker.trips - 1, MAX_DOUBLINGS)
    return breaker.opened_at + float(min(doubled, MAX_PAUSE_MS))


def failed(breaker: Breaker, now: float, for_sure: bool = False) -> Breaker:
    """Return the breaker after a failure. `for_sure`: one is enough to open it, as nothing will mend it soon."""
    match state(breaker, now):
        case "open":
            return breaker
        case "half_open":
            return Breaker(breaker.failures + 1, now, now, breaker.trips + 1)
    in_a_row = breaker.failures + 1 if 0 <= now - breaker.failed_at <= WINDOW_MS else 1
    if for_sure or in_a_row >= FAILURES:
        return Breaker(in_a_row, now, now, 1)
    return Breaker(in_a_row, now)


# After a success nothing is remembered.
HEALTHY = Breaker()
