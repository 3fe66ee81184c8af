"""The health of the language model: one circuit breaker in the database, so that all nodes decide alike.

A healthy model costs one read. Its row is written only when it fails, is tried, and has recovered.
"""

from typing import Literal, TypeAlias

import msgspec

from connvo.kernel.clock import MS
from connvo.rules import breaker
from connvo.rules.breaker import HEALTHY, BreakerLimits
from connvo.rules.insights.attempts import OF_THE_SERVER, CallFailure
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.ai import AiHealth
from connvo.settings import AiSettings

# Failures that no retry can resolve: a wrong key, address or model.
FATAL: frozenset[CallFailure] = frozenset({"refused"})
# Calls take minutes, so failures within this time are consecutive.
LIMITS = BreakerLimits(window_ms=15 * 60 * MS)
# A call that tries a server records its result within its time limit and this.
SLACK_SECONDS = 30.0

ModelState: TypeAlias = Literal["none", "works", "failing"]


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """The configured model, if there is one, and whether it works. `retry_at` in ms, `reason` of the last failure."""

    model: str | None = None
    state: ModelState = "none"
    reason: CallFailure | None = None
    retry_at: float | None = None


def availability(ctx: QueryCtx) -> Availability:
    """Return the state of the configured model."""
    settings = ctx.settings.ai
    if not settings.configured:
        return Availability()
    row = _row(ctx)
    if row is None or row.breaker.opened_at is None:
        return Availability(model=settings.model, state="works")
    retry_at = breaker.retry_at(row.breaker, LIMITS)
    return Availability(model=settings.model, state="failing", reason=row.reason, retry_at=retry_at)


def closed_until(ctx: QueryCtx) -> float | None:
    """Return None if a call may be made now, else the time at which to ask again."""
    row = _row(ctx)
    if row is None or breaker.state(row.breaker, ctx.now, LIMITS) == "closed":
        return None
    if breaker.state(row.breaker, ctx.now, LIMITS) == "open":
        return breaker.retry_at(row.breaker, LIMITS)
    return row.trying_until if row.trying_until > ctx.now else None


def last_reason(ctx: QueryCtx) -> CallFailure | None:
    """Return the reason of the last failure, until the model has recovered."""
    row = _row(ctx)
    return None if row is None else row.reason


def admit(ctx: MutationCtx) -> bool:
    """Return whether a call may be made now; one that tries a failing server counts as made."""
    if closed_until(ctx) is not None:
        return False
    row = _row(ctx)
    if row is not None and breaker.state(row.breaker, ctx.now, LIMITS) == "half_open":
        ctx.db.patch(row, trying_until=ctx.now + (ctx.settings.ai.call_seconds + SLACK_SECONDS) * MS)
    return True


def note_failure(ctx: MutationCtx, reason: CallFailure) -> None:
    """Count a failed call, if its failure is the server's."""
    if reason not in OF_THE_SERVER:
        note_success(ctx)  # it answered
        return
    row = _row(ctx)
    before = HEALTHY if row is None else row.breaker
    after = breaker.failed(before, ctx.now, reason in FATAL, LIMITS)
    if row is None:
        ctx.db.insert(AiHealth(server=_server(ctx.settings.ai), breaker=after, reason=reason))
    else:
        ctx.db.patch(row, breaker=after, reason=reason, trying_until=0.0)


def note_success(ctx: MutationCtx) -> None:
    """Record that the server answered, which clears its failures."""
    row = _row(ctx)
    if row is not None and row.breaker != HEALTHY:
        ctx.db.patch(row, breaker=HEALTHY, reason=None, trying_until=0.0)


def _row(ctx: QueryCtx) -> AiHealth | None:
    return ctx.db.first(AiHealth, "by_server", _server(ctx.settings.ai))


def _server(settings: AiSettings) -> str:
    return f"{settings.model} at {settings.url}"
