"""Registrations of clients that poll. Live queries over the sync protocol need none of this."""

import math
from collections import Counter
from collections.abc import Iterable

from connvo.kernel.errors import Invalid
from connvo.model.access import require_user
from connvo.model.past_answers import own_registrations
from connvo.model.realtime import registrations
from connvo.model.realtime.views import SubscriptionStats, Validation, readable, stats_of, validation_of
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query, rechecked
from connvo.runtime.wire import Result

PRIORITY: Priority = "high"


class Established(Result, frozen=True, kw_only=True):
    """A registration that holds until `valid_until`, in milliseconds."""

    success: bool
    subscription_id: str
    permissions: list[str]
    valid_until: float | None = None
    rate_limited: bool


class RegistrationStats(Result, frozen=True, kw_only=True):
    """How the resource of one registration changed."""

    subscription_id: str
    stats: SubscriptionStats


class OwnStats(Result, frozen=True, kw_only=True):
    """The caller's registrations that hold, counted by type and by the priority that the client named."""

    total_active: float
    by_resource_type: dict[str, float]
    by_priority: dict[str, float]
    performance_stats: list[RegistrationStats]


@mutation
def establish_subscription(
    ctx: MutationCtx, resource_type: str, resource_id: str, subscription_id: str, priority: Priority | None = None
) -> Established:
    """Register a resource of a meeting under an id of the caller's own, or renew the registration, for ten minutes.

    For members. `priority` is stored, and changes nothing.

    Raises:
        Conflict: The id stands for another resource.
        Forbidden: The caller is not a member, or there is no such meeting.
        Invalid: The id is empty or too long, or there is no such type of resource.
        LimitExceeded: The caller has 100 registrations.
    """
    user = require_user(ctx)
    row, permissions = registrations.establish(
        ctx, user, subscription_id, resource_type, resource_id, priority or "normal"
    )
    return Established(
        success=True,
        subscription_id=row.subscription_id,
        permissions=permissions,
        valid_until=row.valid_until,
        rate_limited=False,
    )


@query
def validate_and_update_subscription(ctx: QueryCtx, subscription_id: str, last_validated: float) -> Validation:
    """Return whether a registration of the caller holds. It asks for the right again, and changes nothing.

    `realtime/subscriptionActions:validateAndLogSubscription` also extends it. `lastValidated` has no effect.

    Raises:
        Invalid: `lastValidated` is not a number.
    """
    user = require_user(ctx)
    if not math.isfinite(last_validated):
        raise Invalid("A time needs to be a number", "lastValidated")
    return validation_of(ctx, registrations.find(ctx, user.id, subscription_id))


@mutation
def terminate_subscription(ctx: MutationCtx, subscription_id: str, reason: str | None = None) -> None:
    """End a registration of the caller; does nothing if there is none. `reason` has no effect."""
    user = require_user(ctx)
    row = registrations.find(ctx, user.id, subscription_id)
    if row is not None:
        ctx.db.delete(row)


@rechecked(own_registrations)
@query
def get_subscription_stats(ctx: QueryCtx) -> OwnStats:
    """Return the caller's registrations that hold, and how their resources changed."""
    user = require_user(ctx)
    rows = readable(ctx, registrations.held(ctx, user.id))
    return OwnStats(
        total_active=len(rows),
        by_resource_type=_counted(row.resource_type for row in rows),
        by_priority=_counted(row.priority for row in rows),
        performance_stats=[
            RegistrationStats(subscription_id=row.subscription_id, stats=stats_of(ctx, row)) for row in rows
        ],
    )


def _counted(names: Iterable[str]) -> dict[str, float]:
    return {name: float(count) for name, count in Counter(names).items()}
