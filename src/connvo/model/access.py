"""Authorization: every public function starts with one of these guards.

Guarantees:
    Identity, organisation, role and whether the caller is an operator come from the verified token, never from an
    argument.
    Deactivated accounts and ended sign-ins are refused everywhere. Both are part of the caller's document, read in
    the same transaction, so live queries end with that commit on every node.
    A non-member gets the same error for an unknown meeting and for one that exists.
"""

from connvo.kernel.errors import (
    ACCOUNT_CLOSED,
    NOT_ACTIVE,
    Forbidden,
    InsufficientRole,
    Invalid,
    MeetingNotActive,
    NotFound,
    Unauthorized,
)
from connvo.kernel.identity import Identity
from connvo.rules.permissions import Permission, ResourceType, granted, lowest_role
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.deferred_audit import OPERATORS_ONLY
from connvo.schema.meetings import Meeting, MeetingId, Participant, Role
from connvo.schema.users import User, UserId

from .auth_sessions import SESSION_ENDED, is_ended
from .meetings import attendance
from .meetings.length import is_overtime

REMOVED = "A host has removed you from this meeting; ask a host to let you in again"
RANK: dict[Role, int] = {"observer": 0, "participant": 1, "host": 2}
ADMIN_ROLE = "admin"


def require_identity(ctx: QueryCtx) -> Identity:
    """Return the verified claims.

    Raises:
        Unauthorized: The call has no token.
    """
    if ctx.auth is None:
        raise Unauthorized("Sign in: this call needs a bearer token")
    return ctx.auth


def find_user(ctx: QueryCtx) -> User | None:
    """Return the caller's row, or None without a token or an account.

    Raises:
        Unauthorized: The token's sign-in was ended.
    """
    user = None if ctx.auth is None else ctx.db.first(User, "by_token", ctx.auth.token_identifier)
    if user is not None and ctx.auth is not None and is_ended(user, ctx.auth):
        raise Unauthorized(SESSION_ENDED, reason="session_ended")
    return user


def require_user(ctx: QueryCtx) -> User:
    """Return the caller's row.

    Raises:
        Unauthorized: The call has no token, the caller has no account, or the sign-in was ended.
        Forbidden: The account is deactivated.
    """
    require_identity(ctx)
    user = find_user(ctx)
    if user is None:
        raise Unauthorized("Your account is not set up yet: call users/mutations:upsertUser first")
    if not user.is_active:
        raise Forbidden("This account is deactivated", userId=user.id, reason=ACCOUNT_CLOSED)
    return user


def require_operator(ctx: QueryCtx) -> User | None:
    """Return the operator's row, or None if they have no account: they need none.

    Raises:
        Unauthorized: The call has no token, or its sign-in was ended.
        Forbidden: The caller is no operator of this server, or their account is deactivated.
    """
    identity = require_identity(ctx)
    user = find_user(ctx)
    if not identity.operator:
        raise Forbidden("Only operators of this server may do this", reason=OPERATORS_ONLY)
    if user is not None and not user.is_active:
        raise Forbidden("This account is deactivated", userId=user.id, reason=ACCOUNT_CLOSED)
    return user


def is_admin_of(ctx: QueryCtx, user: User) -> bool:
    """Return whether the caller's token grants the admin role in the user's organisation."""
    organisation = organisation_of_admin(ctx)
    return organisation is not None and organisation == user.org_id


def organisation_of_admin(ctx: QueryCtx) -> str | None:
    """Return the organisation in which the caller's token grants the admin role, or None."""
    auth = ctx.auth
    return auth.org_id if auth is not None and auth.org_role == ADMIN_ROLE else None


def require_owner_or_admin(ctx: QueryCtx, user_id: UserId) -> User:
    """Return the target user.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is neither that user nor an admin of the same organisation.
    """
    caller = require_user(ctx)
    if caller.id == user_id:
        return caller
    target = ctx.db.get(User, user_id)
    if target is None or not is_admin_of(ctx, target):
        raise Forbidden("Only the owner or an admin of the same organisation may do this", userId=user_id)
    return target


def require_member(ctx: QueryCtx, meeting_id: MeetingId) -> tuple[User, Participant]:
    """Return the caller and their membership.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
    """
    user = require_user(ctx)
    member = ctx.db.first(Participant, "by_meeting_user", meeting_id, user.id)
    if member is None:
        if attendance.was_removed(ctx, meeting_id, user.id):
            raise Forbidden(REMOVED, meetingId=meeting_id, userId=user.id, reason="removed")
        raise Forbidden("You are not a member of this meeting", meetingId=meeting_id, userId=user.id)
    return user, member


def require_role(ctx: QueryCtx, meeting_id: MeetingId, role: Role) -> tuple[User, Participant]:
    """Return the caller and their membership with at least this role.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
        InsufficientRole: The member's role is below `role`.
    """
    user, member = require_member(ctx, meeting_id)
    if RANK[member.role] < RANK[role]:
        raise InsufficientRole(role, member.role)
    return user, member


def require_permission(
    ctx: QueryCtx, meeting_id: MeetingId, resource: ResourceType, permission: Permission
) -> tuple[User, Participant]:
    """Return the caller and their membership, whose role has a permission on a resource of the meeting.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member, or there is no such meeting.
        InsufficientRole: The member's role does not have the permission.
    """
    user, member = require_member(ctx, meeting_id)
    if permission not in granted(resource, member.role):
        raise InsufficientRole(lowest_role(resource, permission), member.role)
    return user, member


def require_meeting(ctx: QueryCtx, meeting_id: MeetingId) -> Meeting:
    """Return the meeting.

    Raises:
        NotFound: There is no such meeting.
    """
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound("Meeting", meeting_id)
    return meeting


def require_active(ctx: QueryCtx, meeting_id: MeetingId) -> Meeting:
    """Return the active meeting.

    Raises:
        NotFound: There is no such meeting.
        MeetingNotActive: The meeting is in any other state or, in a mutation, has reached its longest duration.
    """
    meeting = require_meeting(ctx, meeting_id)
    if meeting.state != "active":
        raise MeetingNotActive(meeting_id, meeting.state)
    # A query that reads the time would be stale at once. The sweep closes what it shows.
    if isinstance(ctx, MutationCtx) and is_overtime(ctx, meeting):
        raise MeetingNotActive(meeting_id, "concluded")
    return meeting


def require_running(ctx: QueryCtx, meeting_id: MeetingId) -> Meeting:
    """Return the active meeting, for functions that report a wrong state as VALIDATION_ERROR.

    Raises:
        NotFound: There is no such meeting.
        Invalid: The meeting is not active, or has reached its longest duration.
    """
    meeting = require_meeting(ctx, meeting_id)
    state = "concluded" if is_overtime(ctx, meeting) else meeting.state
    if state != "active":
        raise Invalid(NOT_ACTIVE[state], "meetingId", state=state)
    return meeting


def require_joined(member: Participant) -> None:
    """Check that a member is in the meeting now.

    Raises:
        Invalid: The member has not joined, or has left.
    """
    if member.presence != "joined":
        raise Invalid("Join the meeting first", "meetingId")
