"""The circuit breakers of providers, as operators see, reset and try them.

Guarantees:
    A provider that recovers gets one probe at a time, over all nodes.
"""

import math
from typing import Literal, TypeAlias

from connvo.kernel.clock import within
from connvo.kernel.errors import Invalid, NotFound
from connvo.model import provider_health
from connvo.model.access import require_operator
from connvo.model.audit import audit
from connvo.model.failover.probes import RESEND_MS
from connvo.providers.rooms.factory import available_providers
from connvo.rules import breaker
from connvo.rules.breaker import FAILURES, FIRST_PAUSE_MS, HEALTHY, BreakerState
from connvo.rules.providers import MESH, Provider
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import Args
from connvo.schema.provider_health import ProviderHealth

RESOURCE = "providerHealth"
Claim: TypeAlias = Literal["open", "busy"]


class BreakerView(Args, frozen=True, kw_only=True):
    """The breaker of a provider, with its failures in a row."""

    provider: Provider
    state: BreakerState
    failures: int


def all_breakers(ctx: QueryCtx) -> list[BreakerView]:
    """Return the breakers of configured providers, and of those that have failed before, by name."""
    rows = {row.provider: row for row in ctx.db.scan(ProviderHealth, "by_provider")}
    names = (rows.keys() | available_providers(ctx.settings)) - {MESH}
    return [_view(ctx, name, rows.get(name)) for name in sorted(names)]


def find(ctx: QueryCtx, name: str) -> BreakerView | None:
    """Return the breaker of a provider, or None if there is no such provider here."""
    return next((one for one in all_breakers(ctx) if one.provider == name), None)


def reset(ctx: MutationCtx, name: str) -> bool:
    """Close the breaker of a provider; return False if there is no such provider here. For operators."""
    operator = require_operator(ctx)
    found = find(ctx, name)
    if found is None:
        return False
    provider_health.note_success(ctx, found.provider)
    audit(ctx, "breaker.reset", RESOURCE, found.provider, None if operator is None else operator.id, state=found.state)
    return True


@internal_mutation
def claim_probe(ctx: MutationCtx, service_name: str) -> Claim | None:
    """Allow a probe of a provider, or return why not: its breaker is open, or another probe runs. For operators.

    Raises:
        NotFound: There is no such provider here.
    """
    require_operator(ctx)
    found = find(ctx, service_name)
    if found is None:
        raise NotFound("Provider", service_name)
    row = ctx.db.first(ProviderHealth, "by_provider", found.provider)
    if row is None or found.state == "closed":
        return None
    if found.state == "open":
        return "open"
    if within(ctx.now, row.probed_at, RESEND_MS):
        return "busy"
    ctx.db.patch(row, probed_at=ctx.now)
    return None


@internal_query
def seen(ctx: QueryCtx, service_name: str) -> BreakerView:
    """Return the breaker of a provider. For operators.

    Raises:
        NotFound: There is no such provider here.
    """
    require_operator(ctx)
    found = find(ctx, service_name)
    if found is None:
        raise NotFound("Provider", service_name)
    return found


def check_thresholds(failures: float | None, pause_ms: float | None) -> None:
    """Check that the thresholds which a caller names are the real ones.

    Raises:
        Invalid: One is another.
    """
    for given, real, field in (
        (failures, FAILURES, "failureThreshold"),
        (pause_ms, FIRST_PAUSE_MS, "recoveryTimeMs"),
    ):
        if given is not None and not math.isclose(given, real):
            raise Invalid(f"The breaker of all callers has {real:g} here: leave it out", field, expected=real)


def _view(ctx: QueryCtx, name: Provider, row: ProviderHealth | None) -> BreakerView:
    if row is None or row.breaker == HEALTHY:
        return BreakerView(provider=name, state="closed", failures=0)
    return BreakerView(provider=name, state=breaker.state(row.breaker, ctx.now), failures=row.breaker.failures)
