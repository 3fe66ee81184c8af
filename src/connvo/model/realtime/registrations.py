"""Registrations of one user for resources of meetings.

Guarantees:
    An id belongs to its user: the same id of another user is another registration.
    A right is asked of the data each time; no registration keeps one alive.
"""

from typing import Literal, TypeAlias

from connvo.kernel.clock import MS
from connvo.kernel.errors import Conflict, Forbidden, InsufficientRole, Invalid, LimitExceeded, NotFound
from connvo.model.permissions import permissions_of
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.permissions import PERMISSIONS
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.subscriptions import Subscription
from connvo.schema.users import User, UserId
from connvo.store.purging import purge

from .progress import progress_of

VALID_MS = 10 * 60 * MS
MAX_PER_USER = 100
MAX_ID_CHARS = 128
REFUSALS = (Forbidden, InsufficientRole, NotFound, Invalid)

# Why a registration does not hold: there is none, its time is over, or its right is lost.
Reason: TypeAlias = Literal["NOT_FOUND", "EXPIRED", "FORBIDDEN"]


def find(ctx: QueryCtx, user_id: UserId, subscription_id: str) -> Subscription | None:
    """Return a user's registration, which may be over, or None."""
    return ctx.db.first(Subscription, "by_user", user_id, subscription_id)


def held(ctx: QueryCtx, user_id: UserId) -> list[Subscription]:
    """Return the registrations of a user that are not over."""
    return [row for row in ctx.db.scan(Subscription, "by_user", user_id) if row.valid_until > ctx.now]


def establish(
    ctx: MutationCtx, user: User, subscription_id: str, resource_type: str, resource_id: str, priority: Priority
) -> tuple[Subscription, list[str]]:
    """Register a resource, or renew its registration; return it with the caller's permissions.

    Raises:
        Conflict: The id stands for another resource.
        Forbidden: The caller is not a member, or there is no such meeting.
        Invalid: The id is empty or too long, or there is no such type of resource.
        LimitExceeded: The caller has too many registrations.
    """
    if not 0 < len(subscription_id) <= MAX_ID_CHARS:
        raise Invalid(f"An id has 1 to {MAX_ID_CHARS} characters", "subscriptionId", limit=MAX_ID_CHARS)
    permissions = ordered(permissions_of(ctx, resource_type, MeetingId(resource_id)))
    row = find(ctx, user.id, subscription_id)
    if row is not None and row.valid_until <= ctx.now:
        ctx.db.delete(row)
        row = None
    until = ctx.now + VALID_MS
    if row is not None:
        if (row.resource_type, row.resource_id) != (resource_type, resource_id):
            raise Conflict(
                "This id stands for another resource: end it first, or take another id", field="subscriptionId"
            )
        return ctx.db.patch(row, valid_until=until, priority=priority), permissions
    if len(held(ctx, user.id)) >= MAX_PER_USER:
        raise LimitExceeded(f"One user may have {MAX_PER_USER} registrations", limit=MAX_PER_USER)
    revision = progress_of(ctx, resource_type, MeetingId(resource_id), user.id).revision
    row = Subscription(
        user_id=user.id,
        subscription_id=subscription_id,
        resource_type=resource_type,
        resource_id=resource_id,
        priority=priority,
        revision=revision,
        established_at=ctx.now,
        valid_until=until,
    )
    return ctx.db.insert(row), permissions


def holds(ctx: QueryCtx, user_id: UserId, meeting_id: MeetingId, subscription_id: str | None) -> bool:
    """Return whether a user's registration for a meeting is not over; without an id there is none to ask for."""
    if subscription_id is None:
        return True
    row = find(ctx, user_id, subscription_id)
    return row is not None and row.resource_id == meeting_id and row.valid_until > ctx.now


def check(ctx: QueryCtx, row: Subscription | None) -> tuple[list[str], Reason | None]:
    """Return the caller's permissions by a registration and, if it does not hold, why not."""
    if row is None:
        return [], "NOT_FOUND"
    if row.valid_until <= ctx.now:
        return [], "EXPIRED"
    permissions = current_permissions(ctx, row)
    return permissions, None if permissions else "FORBIDDEN"


def current_permissions(ctx: QueryCtx, row: Subscription) -> list[str]:
    """Return what the caller may do now with the resource of a registration: nothing once they lost the right."""
    try:
        return ordered(permissions_of(ctx, row.resource_type, MeetingId(row.resource_id)))
    except REFUSALS:
        return []


def ordered(permissions: frozenset[str]) -> list[str]:
    """Return permissions in the order of the table."""
    return [one for one in PERMISSIONS if one in permissions]


def may_reconnect(reason: Reason | None) -> bool:
    """Return whether a client whose registration does not hold can register again."""
    return reason == "EXPIRED"


def drop_over(ctx: MutationCtx) -> bool:
    """Delete a batch of registrations that are over; return whether there may be more."""
    return purge(ctx.db, Subscription, "by_end", until=ctx.now)
