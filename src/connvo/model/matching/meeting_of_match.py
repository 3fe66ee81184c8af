"""The meeting of a match: both users are its hosts, so that either can begin it.

It took place if both were in it at some time, which only a call proves.
"""

from connvo.model.meetings import attendance
from connvo.model.meetings.members import member_of
from connvo.model.membership import joining
from connvo.providers.rooms.factory import available_providers
from connvo.rules.capacity import RoomRequest, choose
from connvo.rules.matching.windows import Window, meeting_length
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.matching import Match
from connvo.schema.meetings import Meeting
from connvo.schema.users import UserId

# Says nothing of the two: a title outlives the account of either.
TITLE = "Getting to know each other"
PEOPLE = 2
OVER = ("concluded", "cancelled")


def make(ctx: MutationCtx, match: Match) -> Meeting:
    """Create the meeting of a match at the start of the common time, or now if that has begun; return it."""
    limits = ctx.settings.meetings
    room = choose(
        RoomRequest(people=PEOPLE, kind="one-on-one"),
        available_providers(ctx.settings),
        limits.mesh_participants,
        limits.managed_participants,
    )
    start = max(match.starts_at, ctx.now)
    meeting = ctx.db.insert(
        Meeting(
            organizer_id=match.first_id,
            title=TITLE,
            scheduled_at=start,
            duration=meeting_length(Window(start, match.ends_at)),
            state="scheduled",
            provider=room.provider,
            cap=room.cap,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    meeting = joining.begin(ctx, meeting)
    meeting, _ = joining.add(ctx, meeting, match.second_id, "host")
    return meeting


def find(ctx: QueryCtx, match: Match) -> Meeting | None:
    """Return the meeting of a match, or None."""
    return None if match.meeting_id is None else ctx.db.get(Meeting, match.meeting_id)


def took_place(ctx: QueryCtx, match: Match) -> bool:
    """Return whether both users of a match were in its meeting at some time."""
    meeting = find(ctx, match)
    return meeting is not None and all(_was_in(ctx, meeting, one) for one in (match.first_id, match.second_id))


def is_in(ctx: QueryCtx, match: Match, user_id: UserId) -> bool:
    """Return whether a user is in the call of a match now."""
    meeting = find(ctx, match)
    member = None if meeting is None or meeting.state != "active" else member_of(ctx, meeting.id, user_id)
    return member is not None and member.presence == "joined"


def is_past(ctx: QueryCtx, match: Match, user_id: UserId) -> bool:
    """Return whether the meeting of a match holds a user back no longer.

    It is over, its time passed before it began, or the user has left it.
    """
    meeting = find(ctx, match)
    if meeting is None or meeting.state in OVER:
        return True
    member = member_of(ctx, meeting.id, user_id)
    if member is None or member.presence == "left":
        return True
    return meeting.state == "scheduled" and match.ends_at <= ctx.now


def _was_in(ctx: QueryCtx, meeting: Meeting, user_id: UserId) -> bool:
    member = member_of(ctx, meeting.id, user_id)
    if member is not None and member.first_joined_at is not None:
        return True
    found = attendance.find(ctx, meeting.id, user_id)
    return found is not None and found.came_at is not None
