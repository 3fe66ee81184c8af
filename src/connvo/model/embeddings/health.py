"""The health of the model that makes vectors: a circuit breaker that all nodes share, and the texts sent today."""

from datetime import UTC, datetime

from connvo.kernel.clock import MS
from connvo.rules import breaker
from connvo.rules.breaker import HEALTHY, BreakerLimits
from connvo.rules.embeddings.models import OF_THE_SERVER, EmbeddingFailure
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.embeddings import EmbeddingHealth, EmbeddingUsage
from connvo.store.purging import purge

# Failures that no retry can resolve: a wrong key, address or model.
FATAL: frozenset[EmbeddingFailure] = frozenset({"denied"})
LIMITS = BreakerLimits(first_pause_ms=2 * MS, max_pause_ms=300 * MS)
SLACK_SECONDS = 10.0
USAGE_KEPT_MS = 90 * 24 * 3600 * MS


def closed_until(ctx: QueryCtx, model: str) -> float | None:
    """Return None if a model may be asked now, else the time at which to look again, in ms."""
    row = _row(ctx, model)
    if row is None or breaker.state(row.breaker, ctx.now, LIMITS) == "closed":
        return None
    if breaker.state(row.breaker, ctx.now, LIMITS) == "open":
        return breaker.retry_at(row.breaker, LIMITS)
    return row.trying_until if row.trying_until > ctx.now else None


def admit(ctx: MutationCtx, model: str) -> bool:
    """Return whether a model may be asked now; a call that tries a failing one counts as made."""
    if closed_until(ctx, model) is not None:
        return False
    row = _row(ctx, model)
    if row is not None and breaker.state(row.breaker, ctx.now, LIMITS) == "half_open":
        ctx.db.patch(row, trying_until=ctx.now + (ctx.settings.embeddings.call_seconds + SLACK_SECONDS) * MS)
    return True


def note_failure(ctx: MutationCtx, model: str, reason: EmbeddingFailure) -> None:
    """Count a failed call, if its failure is the server's."""
    if reason not in OF_THE_SERVER:
        note_success(ctx, model)  # it answered
        return
    row = _row(ctx, model)
    after = breaker.failed(HEALTHY if row is None else row.breaker, ctx.now, reason in FATAL, LIMITS)
    if row is None:
        ctx.db.insert(EmbeddingHealth(server=model, breaker=after, reason=reason))
    else:
        ctx.db.patch(row, breaker=after, reason=reason, trying_until=0.0)


def note_success(ctx: MutationCtx, model: str) -> None:
    """Record that a model answered, which clears its failures."""
    row = _row(ctx, model)
    if row is not None and row.breaker != HEALTHY:
        ctx.db.patch(row, breaker=HEALTHY, reason=None, trying_until=0.0)


def last_reason(ctx: QueryCtx, model: str) -> EmbeddingFailure | None:
    """Return the reason of the last failure, until the model has recovered."""
    row = _row(ctx, model)
    return None if row is None else row.reason


def left_today(ctx: QueryCtx) -> int:
    """Return how many texts may still be sent to another server today."""
    row = _usage(ctx)
    return max(0, ctx.settings.embeddings.daily - (0 if row is None else row.texts))


def count_sent(ctx: MutationCtx, texts: int) -> None:
    """Count texts that are sent to another server."""
    row = _usage(ctx)
    if row is None:
        ctx.db.insert(EmbeddingUsage(day=_today(ctx), texts=texts))
    else:
        ctx.db.patch(row, texts=row.texts + texts)


def drop_old_usage(ctx: MutationCtx) -> bool:
    """Delete a batch of the counts of texts that are past their retention; return whether there may be more."""
    return purge(ctx.db, EmbeddingUsage, "by_creation", until=ctx.now - USAGE_KEPT_MS)


def _usage(ctx: QueryCtx) -> EmbeddingUsage | None:
    return ctx.db.first(EmbeddingUsage, "by_day", _today(ctx))


def _today(ctx: QueryCtx) -> str:
    return datetime.fromtimestamp(ctx.now / MS, UTC).date().isoformat()


def _row(ctx: QueryCtx, model: str) -> EmbeddingHealth | None:
    return ctx.db.first(EmbeddingHealth, "by_server", model)
