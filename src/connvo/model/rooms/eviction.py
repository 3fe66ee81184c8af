"""What a provider has to be told when people leave, change their role, and meetings end: jobs, tried until it answers.

A person who is not in the meeting has no seat in its room: they are put out, and their tokens there become worthless.
"""

from connvo.model import provider_health
from connvo.model.meetings.room_ids import media_room, room_id
from connvo.providers.rooms.base import MediaRoom, Reason, RoomError
from connvo.providers.rooms.factory import room_provider
from connvo.rules.providers import MESH, Provider
from connvo.rules.room_placement import retry_seconds
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import internal_action, internal_mutation, internal_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.rooms import RoomPlacement
from connvo.schema.users import UserId

# With growing pauses that is some minutes; a service that was away for longer has lost its rooms.
MAX_TRIES = 12
# A room that was left ends so much later: whoever connects to the new one first does not hear the change.
AFTER_MOVE_SECONDS = 5.0
MS = 1000.0


class RoleInRoom(Result, frozen=True, kw_only=True):
    """Whether a person is a host in a room."""

    room: MediaRoom
    host: bool


def evict(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    """Have a person who is no longer in the meeting put out of its room, and of the one it has just left."""
    places = [(meeting.provider, room_id(meeting))]
    course = ctx.db.first(RoomPlacement, "by_meeting", meeting.id)
    if course is not None and course.left is not None and ctx.now - course.since <= AFTER_MOVE_SECONDS * MS:
        places.append((course.left, course.left_room or ""))
    for provider, room in places:
        if provider != MESH:
            ctx.scheduler.run_after(0, vacate, meeting_id=meeting.id, user_id=user_id, provider=provider, room=room)


def change_role(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    """Schedule that the meeting's room learns a member's new role: what they may do there follows it."""
    if meeting.state == "active" and meeting.provider != MESH:
        at = room_id(meeting)
        ctx.scheduler.run_after(
            0, apply_role, meeting_id=meeting.id, user_id=user_id, provider=meeting.provider, room=at
        )


def end_room(ctx: MutationCtx, meeting_id: MeetingId, provider: Provider, room: str, after: float = 0) -> None:
    """Have a room ended that the meeting does not use any more, `after` so many seconds."""
    if provider != MESH:
        ctx.scheduler.run_after(after, close_room, meeting_id=meeting_id, provider=provider, room=room)


@internal_query
def room_without(ctx: QueryCtx, meeting_id: MeetingId, room: str, user_id: UserId) -> MediaRoom | None:
    """Return a room that a person is to be put out of; None when they are in the meeting, or it is over."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active":
        return None
    member = ctx.db.first(Participant, "by_meeting_user", meeting_id, user_id)
    return None if member is not None and member.presence == "joined" else media_room(meeting, room)


@internal_query
def role_in_room(ctx: QueryCtx, meeting_id: MeetingId, room: str, user_id: UserId) -> RoleInRoom | None:
    """Return what a room has to know of a person's role; None when they are not in it, or the meeting has left it."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active" or room_id(meeting) != room:
        return None
    member = ctx.db.first(Participant, "by_meeting_user", meeting_id, user_id)
    if member is None or member.presence != "joined":
        return None
    return RoleInRoom(room=media_room(meeting), host=member.role == "host")


@internal_query
def room_unused(ctx: QueryCtx, meeting_id: MeetingId, room: str) -> MediaRoom | None:
    """Return a room that is to be ended; None when the meeting uses it, or is gone."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or (meeting.state == "active" and room_id(meeting) == room):
        return None
    return media_room(meeting, room)


@internal_action
async def vacate(
    ctx: ActionCtx, meeting_id: MeetingId, provider: Provider, room: str, user_id: UserId, tries: int = 0
) -> None:
    """Put a person out of a room, unless they are in the meeting again."""
    found = await ctx.run_query(room_without, meeting_id=meeting_id, room=room, user_id=user_id)
    if found is None:
        return
    try:
        await room_provider(ctx.settings, provider).remove(found, user_id)
    except RoomError as error:
        await ctx.run_mutation(
            try_again,
            meeting_id=meeting_id,
            provider=provider,
            room=room,
            user_id=user_id,
            tries=tries,
            reason=error.reason,
        )


@internal_action
async def apply_role(
    ctx: ActionCtx, meeting_id: MeetingId, provider: Provider, room: str, user_id: UserId, tries: int = 0
) -> None:
    """Tell a room the role that a person has now."""
    found = await ctx.run_query(role_in_room, meeting_id=meeting_id, room=room, user_id=user_id)
    if found is None:
        return
    try:
        await room_provider(ctx.settings, provider).set_host(found.room, user_id, found.host)
    except RoomError as error:
        await ctx.run_mutation(
            try_again,
            meeting_id=meeting_id,
            provider=provider,
            room=room,
            user_id=user_id,
            tries=tries,
            reason=error.reason,
            role=True,
        )


@internal_action
async def close_room(ctx: ActionCtx, meeting_id: MeetingId, provider: Provider, room: str, tries: int = 0) -> None:
    """End a room, unless the meeting uses it."""
    found = await ctx.run_query(room_unused, meeting_id=meeting_id, room=room)
    if found is None:
        return
    try:
        await room_provider(ctx.settings, provider).end(found)
    except RoomError as error:
        await ctx.run_mutation(
            try_again, meeting_id=meeting_id, provider=provider, room=room, tries=tries, reason=error.reason
        )


@internal_mutation
def try_again(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    provider: Provider,
    room: str,
    tries: int,
    reason: Reason,
    user_id: UserId | None = None,
    role: bool = False,
) -> None:
    """Count the provider's failure and have it told again after a while, so many times.

    While the breaker is open this is no news, and when it asks again is its own affair.
    """
    if provider_health.state_of(ctx, provider) == "closed":
        provider_health.note_failure(ctx, provider, reason)
    if tries + 1 >= MAX_TRIES:
        return
    pause = retry_seconds(tries)
    if user_id is None:
        ctx.scheduler.run_after(pause, close_room, meeting_id=meeting_id, provider=provider, room=room, tries=tries + 1)
    else:
        ctx.scheduler.run_after(
            pause,
            apply_role if role else vacate,
            meeting_id=meeting_id,
            provider=provider,
            room=room,
            user_id=user_id,
            tries=tries + 1,
        )
