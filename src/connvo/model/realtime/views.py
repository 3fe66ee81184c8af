"""Registrations as callers see them."""

from connvo.kernel.clock import MS
from connvo.rules.monitoring.calls import UPDATE_MS
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.subscriptions import Subscription

from . import registrations
from .progress import progress_of

NO_ERRORS = 0


class Validation(Result, frozen=True, kw_only=True):
    """Whether a registration holds, and what it allows. `reason`: NOT_FOUND, EXPIRED or FORBIDDEN. Times in ms."""

    valid: bool
    permissions: list[str]
    reason: str | None = None
    should_reconnect: bool
    valid_until: float | None = None
    rate_limited: bool
    resource_type: str
    resource_id: str


class SubscriptionStats(Result, frozen=True, kw_only=True):
    """How a registered resource changed since the registration.

    `avg_latency` is the mean time from a commit to the message to a live query on this node, in milliseconds.
    """

    duration_ms: float
    update_count: float
    avg_latency: float
    updates_per_second: float
    errors: float
    last_update: float
    slo_compliant: bool


def validation_of(ctx: QueryCtx, row: Subscription | None) -> Validation:
    """Return the state of a registration."""
    permissions, reason = registrations.check(ctx, row)
    return Validation(
        valid=reason is None,
        permissions=permissions,
        reason=reason,
        should_reconnect=registrations.may_reconnect(reason),
        valid_until=row.valid_until if row is not None and reason is None else None,
        rate_limited=False,
        resource_type="" if row is None else row.resource_type,
        resource_id="" if row is None else row.resource_id,
    )


def stats_of(ctx: QueryCtx, row: Subscription) -> SubscriptionStats:
    """Return how the resource of a registration changed. The caller may read it."""
    progress = progress_of(ctx, row.resource_type, MeetingId(row.resource_id), row.user_id)
    duration, count = ctx.now - row.established_at, max(0, progress.revision - row.revision)
    latency = ctx.node.update_latency_ms
    return SubscriptionStats(
        duration_ms=duration,
        update_count=count,
        avg_latency=latency,
        updates_per_second=count * MS / duration if duration > 0 else 0.0,
        errors=NO_ERRORS,
        last_update=max(progress.at, row.established_at) if count else row.established_at,
        slo_compliant=latency <= UPDATE_MS,
    )


def readable(ctx: QueryCtx, rows: list[Subscription]) -> list[Subscription]:
    """Return the registrations whose resource the caller may still read."""
    return [row for row in rows if registrations.current_permissions(ctx, row)]
