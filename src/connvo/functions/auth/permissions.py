"""The caller's permissions on the resources of meetings, for clients that poll; live queries need neither function.

They tell the permissions that every function enforces: `rules.permissions` is the one table.
"""

from typing import ClassVar

from connvo.kernel.errors import Forbidden, FunctionError, Invalid
from connvo.model.access import require_user
from connvo.model.permissions import Held
from connvo.rules.permissions import PERMISSIONS, Permission
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query, rechecked
from connvo.runtime.wire import Args, Result
from connvo.schema.meetings import MeetingId

MAX_SUBSCRIPTIONS = 50
LACKING = "INSUFFICIENT_PERMISSIONS"


class PermissionMetadata(Result, frozen=True, kw_only=True):
    """The reason of a refusal; the text begins with its code."""

    error: str | None = None


class ValidatedPermissions(Result, frozen=True, kw_only=True):
    """Whether the caller holds every required permission, and the permissions that they hold."""

    granted: bool
    permissions: list[str]
    metadata: PermissionMetadata


class CachedPermissions(Args, frozen=True, kw_only=True):
    """The permissions that a client believes it has on a resource. `last_validated` has no effect."""

    ignored: ClassVar[frozenset[str]] = frozenset({"last_validated"})

    resource_type: str
    resource_id: MeetingId
    permissions: list[str]
    last_validated: float


class RefreshedPermissions(Result, frozen=True, kw_only=True):
    """The permissions that the caller holds now. `valid`: none of the given ones was lost; else `reason` names them."""

    resource_type: str
    resource_id: MeetingId
    valid: bool
    updated_permissions: list[str]
    reason: str | None = None


def _validated(
    ctx: QueryCtx, resource_type: str, resource_id: MeetingId, required_permissions: list[Permission]
) -> ValidatedPermissions:
    require_user(ctx)
    try:
        held = Held(ctx).permissions(resource_type, resource_id)
    except (Forbidden, Invalid) as refused:
        return ValidatedPermissions(granted=False, permissions=[], metadata=PermissionMetadata(error=_said(refused)))
    lacking = [one for one in PERMISSIONS if one in required_permissions and one not in held]
    error = f"{LACKING}: You do not hold {', '.join(lacking)}" if lacking else None
    return ValidatedPermissions(granted=not lacking, permissions=list(held), metadata=PermissionMetadata(error=error))


def _refreshed(ctx: QueryCtx, subscriptions: list[CachedPermissions]) -> list[RefreshedPermissions]:
    require_user(ctx)
    if not 1 <= len(subscriptions) <= MAX_SUBSCRIPTIONS:
        raise Invalid(f"Send 1 to {MAX_SUBSCRIPTIONS} subscriptions", "subscriptions", maximum=MAX_SUBSCRIPTIONS)
    held = Held(ctx)
    return [_refresh(held, one) for one in subscriptions]


def _refresh(held: Held, cached: CachedPermissions) -> RefreshedPermissions:
    try:
        now: tuple[Permission, ...] = held.permissions(cached.resource_type, cached.resource_id)
        reason = _lost(cached.permissions, now)
    except (Forbidden, Invalid) as refused:
        now, reason = (), _said(refused)
    return RefreshedPermissions(
        resource_type=cached.resource_type,
        resource_id=cached.resource_id,
        valid=reason is None,
        updated_permissions=list(now),
        reason=reason,
    )


def _lost(cached: list[str], now: tuple[Permission, ...]) -> str | None:
    """Return which of the permissions that a client believed to have are not held, or None."""
    lost: list[str] = [one for one in PERMISSIONS if one in cached and one not in now]
    if any(one not in PERMISSIONS for one in cached):
        lost.append("others that do not exist")
    return f"{LACKING}: You do not hold {', '.join(lost)}" if lost else None


def _said(refused: FunctionError) -> str:
    return f"{refused.code}: {refused.message}"


def _validated_now(
    ctx: QueryCtx,
    _past: ValidatedPermissions,
    resource_type: str,
    resource_id: MeetingId,
    required_permissions: list[Permission],
) -> ValidatedPermissions:
    return _validated(ctx, resource_type, resource_id, required_permissions)


def _refreshed_now(
    ctx: QueryCtx, _past: list[RefreshedPermissions], subscriptions: list[CachedPermissions]
) -> list[RefreshedPermissions]:
    return _refreshed(ctx, subscriptions)


@rechecked(_validated_now)
@query
def validate_subscription_permissions(
    ctx: QueryCtx, resource_type: str, resource_id: MeetingId, required_permissions: list[Permission]
) -> ValidatedPermissions:
    """Return whether the caller holds every required permission on a resource of a meeting. For users.

    Resource types are `meetingNotes`, `transcripts`, `meetingParticipants`, `participants`, `messages` and `prompts`. A
    refusal is a value: `metadata.error` begins with its code, and is the same for an unknown meeting and a foreign one.
    """
    return _validated(ctx, resource_type, resource_id, required_permissions)


@rechecked(_refreshed_now)
@query
def refresh_subscription_permissions(
    ctx: QueryCtx, subscriptions: list[CachedPermissions]
) -> list[RefreshedPermissions]:
    """Return the permissions of the caller now on each of 1 to 50 resources, as `validateSubscriptionPermissions` does.

    An item is valid if none of the permissions that the client believed to have was lost; `reason` names those that
    were.

    Raises:
        Invalid: There are no subscriptions, or more than 50.
    """
    return _refreshed(ctx, subscriptions)
