"""Health of providers: one circuit breaker each, in the database, so that all nodes decide alike.

A healthy provider costs one read. Its row is written only when it fails, and when it has recovered.
"""

from connvo.kernel.clock import within
from connvo.providers.rooms.base import Reason
from connvo.providers.rooms.factory import available_providers
from connvo.rules import breaker
from connvo.rules.breaker import HEALTHY, BreakerState
from connvo.rules.providers import MESH, Provider
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.provider_health import ProviderHealth
from connvo.telemetry.instruments import PROVIDER_FAILURES

# Failures that no retry can resolve: the service refuses our key.
FATAL: frozenset[Reason] = frozenset({"refused"})


def state_of(ctx: QueryCtx, provider: Provider) -> BreakerState:
    """Return the state of a provider's breaker."""
    row = None if provider == MESH else _row(ctx, provider)
    return "closed" if row is None or row.breaker == HEALTHY else breaker.state(row.breaker, ctx.now)


def healthy_providers(ctx: QueryCtx) -> frozenset[Provider]:
    """Return the configured providers whose breakers are closed, which may get rooms."""
    return frozenset(p for p in available_providers(ctx.settings) if state_of(ctx, p) == "closed")


def trusted_providers(ctx: QueryCtx) -> frozenset[Provider]:
    """Return the healthy providers whose last call did not fail; a failing room moves only to one of these."""
    return frozenset(p for p in healthy_providers(ctx) if not _is_suspect(ctx, p))


def note_failure(ctx: MutationCtx, provider: Provider, reason: Reason) -> None:
    """Count a failed call to a provider."""
    if provider == MESH:
        return
    ctx.record(PROVIDER_FAILURES, provider=provider, reason=reason)
    row = _row(ctx, provider)
    after = breaker.failed(HEALTHY if row is None else row.breaker, ctx.now, reason in FATAL)
    if row is None:
        ctx.db.insert(ProviderHealth(provider=provider, breaker=after, reason=reason))
    elif after != row.breaker:
        ctx.db.patch(row, breaker=after, reason=reason, probed_at=0.0)


def note_success(ctx: MutationCtx, provider: Provider) -> None:
    """Record that a provider answered, which clears its failures."""
    row = None if provider == MESH else _row(ctx, provider)
    if row is not None and row.breaker != HEALTHY:
        ctx.db.patch(row, breaker=HEALTHY, reason="")


def to_probe(ctx: MutationCtx, pause_ms: float) -> list[Provider]:
    """Return the providers to probe now and mark them as probed; one without a result is due after `pause_ms`."""
    found: list[Provider] = []
    for row in ctx.db.scan(ProviderHealth, "by_provider"):
        worth_it = breaker.state(row.breaker, ctx.now) == "half_open" or breaker.suspect(row.breaker, ctx.now)
        if worth_it and not within(ctx.now, row.probed_at, pause_ms):
            ctx.db.patch(row, probed_at=ctx.now)
            found.append(row.provider)
    return found


def _is_suspect(ctx: QueryCtx, provider: Provider) -> bool:
    row = None if provider == MESH else _row(ctx, provider)
    return row is not None and breaker.suspect(row.breaker, ctx.now)


def _row(ctx: QueryCtx, provider: Provider) -> ProviderHealth | None:
    return ctx.db.first(ProviderHealth, "by_provider", provider)
