"""Attendance: the users who were in a meeting's call, and for how long. Beside the documented API."""

from connvo.model import audiences
from connvo.model.meetings import attendance, members
from connvo.model.meetings.views import UserCard, card_of
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx, SharedCtx
from connvo.runtime.function import paced, shared_query
from connvo.runtime.wire import Result
from connvo.schema.attendance import Attendance
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.users import User, UserId

PRIORITY: Priority = "high"


class AttendeeView(Result, frozen=True, kw_only=True):
    """A user who was in the call, whether still a member or not. Times in milliseconds.

    `stayed_ms` is the sum of all finished stays. `since` is set while the user is in the call.
    """

    user_id: UserId
    user: UserCard
    came_at: float
    left_at: float | None = None
    since: float | None = None
    stayed_ms: float


@paced
@shared_query(audiences.members)
def list_attendees(ctx: SharedCtx[None], meeting_id: MeetingId) -> list[AttendeeView]:
    """Return every user who was in the call, in order of arrival, including removed members. For members."""
    past = {one.user_id: one for one in attendance.all_of(ctx, meeting_id)}
    present = {one.user_id: one for one in members.members(ctx, meeting_id)}
    found = [_view(ctx, user_id, past.get(user_id), present.get(user_id)) for user_id in {**past, **present}]
    return sorted(filter(None, found), key=lambda one: one.came_at)


def _view(ctx: QueryCtx, user_id: UserId, past: Attendance | None, member: Participant | None) -> AttendeeView | None:
    user = ctx.db.get(User, user_id)
    came_at = _came_at(past, member)
    if user is None or came_at is None:
        return None
    is_in = member is not None and member.presence == "joined"
    left_at = None if past is None else past.left_at
    stayed_ms = 0.0 if past is None else past.stayed_ms
    if past is None and not is_in and member is not None and member.joined_at and member.left_at:
        # The member left before attendance was recorded; only the last stay is known.
        left_at, stayed_ms = member.left_at, member.left_at - member.joined_at
    return AttendeeView(
        user_id=user_id,
        user=card_of(user),
        came_at=came_at,
        left_at=left_at,
        since=member.joined_at if member is not None and is_in else None,
        stayed_ms=stayed_ms,
    )


def _came_at(past: Attendance | None, member: Participant | None) -> float | None:
    first = None if member is None else member.first_joined_at or member.joined_at
    known = [at for at in (None if past is None else past.came_at, first) if at is not None]
    return min(known, default=None)
