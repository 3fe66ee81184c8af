"""Members of a meeting, and their limits.

The meeting's cap bounds the joined members; those who are invited or have left take no seat. A setting bounds all
members.
"""

from connvo.kernel.errors import Conflict
from connvo.model import changes
from connvo.rules import meeting_states
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId, Participant, Role
from connvo.schema.users import User, UserId


def member_of(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> Participant | None:
    """Return a user's membership, or None."""
    return ctx.db.first(Participant, "by_meeting_user", meeting_id, user_id)


def members(ctx: QueryCtx, meeting_id: MeetingId) -> list[Participant]:
    """Return every membership of a meeting, the oldest first."""
    return ctx.db.scan(Participant, "by_meeting", meeting_id)


def change_role(ctx: MutationCtx, member: Participant, role: Role) -> Participant:
    """Give a member another role; return the membership."""
    return changes.patch(ctx, member, role=role)


def hosts(ctx: QueryCtx, meeting_id: MeetingId) -> list[Participant]:
    """Return the hosts of a meeting with consent and an active account, the oldest membership first."""
    found = [member for member in members(ctx, meeting_id) if member.role == "host" and not member.asked]
    return [member for member in found if find_person(ctx, member.user_id) is not None]


def find_person(ctx: QueryCtx, user_id: UserId) -> User | None:
    """Return an active user, or None if the user is unknown or deactivated."""
    user = ctx.db.get(User, user_id)
    return user if user is not None and user.is_active else None


def time_of(meeting: Meeting) -> float:
    """Return when a meeting started or is planned to start, in ms; without a plan, when it was created."""
    return next(at for at in (meeting.started_at, meeting.scheduled_at, meeting.created_at) if at is not None)


def is_reopenable(ctx: QueryCtx, meeting: Meeting) -> bool:
    """Return whether a meeting that is over can reopen now."""
    return meeting.reopen_until is not None and meeting_states.can_reopen(meeting.state, meeting.reopen_until, ctx.now)


def takes_members(ctx: QueryCtx, meeting: Meeting) -> bool:
    """Return whether links and invitations to a meeting work: it is open, or can reopen."""
    return meeting_states.is_open(meeting.state) or is_reopenable(ctx, meeting)


def is_crowded(ctx: QueryCtx, meeting: Meeting, more: int = 1) -> bool:
    """Return whether `more` members would exceed the limit of a meeting's members."""
    return meeting.participant_count + more > ctx.settings.meetings.max_members


def crowded(ctx: QueryCtx, meeting: Meeting) -> Conflict:
    """Return the error for a meeting with too many members."""
    most = ctx.settings.meetings.max_members
    return Conflict(
        f"A meeting can have at most {most} members: a host can remove some of them first",
        meetingId=meeting.id,
        maxMembers=most,
    )


def full(meeting: Meeting) -> Conflict:
    """Return the error for a meeting without a free seat."""
    people = "1 person is" if meeting.cap == 1 else f"{meeting.cap} people are"
    return Conflict(f"The meeting is full: {people} in", meetingId=meeting.id, cap=meeting.cap)


def joined_count(ctx: QueryCtx, meeting: Meeting) -> int:
    """Return the number of joined members, up to the cap."""
    return ctx.db.count(Participant, "by_meeting_presence", meeting.id, "joined", limit=meeting.cap)
