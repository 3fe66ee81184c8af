"""The people who were in the call of a meeting: only they get insights and may read its report."""

from connvo.kernel.errors import Forbidden
from connvo.model.access import require_member
from connvo.model.meetings import attendance, members
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.users import User, UserId

MISSED = "Only members who were in the call can see its report"
ERASED = "erased|"


def ids(ctx: QueryCtx, meeting_id: MeetingId) -> list[UserId]:
    """Return the people who were in the call, removed ones too, in the order of their ids."""
    left = {one.user_id for one in attendance.all_of(ctx, meeting_id) if one.came_at is not None}
    joined = {one.user_id for one in members.members(ctx, meeting_id) if one.first_joined_at is not None}
    return sorted(left | joined)


def people(ctx: QueryCtx, meeting_id: MeetingId) -> list[User]:
    """Return the users who were in the call and have an account."""
    found = [ctx.db.get(User, user_id) for user_id in ids(ctx, meeting_id)]
    return [user for user in found if user is not None and not is_erased(user)]


def is_erased(user: User) -> bool:
    """Return whether an account has been erased."""
    return user.token_identifier.startswith(ERASED)


def attended(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a user was in the call."""
    member = members.member_of(ctx, meeting_id, user_id)
    if member is not None and member.first_joined_at is not None:
        return True
    held = attendance.find(ctx, meeting_id, user_id)
    return held is not None and held.came_at is not None


def can_own(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a user was in the call and has an account."""
    user = ctx.db.get(User, user_id)
    return user is not None and not is_erased(user) and attended(ctx, meeting_id, user_id)


def audience(ctx: QueryCtx, meeting_id: MeetingId) -> None:
    """Admit the members of a meeting who were in its call; the guard of shared queries.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is no member, or was not in the call.
    """
    require_attendee(ctx, meeting_id)


def require_attendee(ctx: QueryCtx, meeting_id: MeetingId) -> tuple[User, Participant]:
    """Return the caller and their membership.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is no member, or was not in the call.
    """
    user, member = require_member(ctx, meeting_id)
    if not attended(ctx, meeting_id, user.id):
        raise Forbidden(MISSED, meetingId=meeting_id, userId=user.id, reason="not_attended")
    return user, member
