"""Jobs that tell a provider of departures, role changes and closed rooms; each is retried until the provider answers.

Guarantees: a user who is not in the meeting is evicted from its room, and their tokens there stop working.
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

# Several minutes with backoff. A provider that was unreachable for longer has lost its rooms.
MAX_TRIES = 12
# An abandoned room closes with this delay, so that clients connect to the new room before media stops.
AFTER_MOVE_SECONDS = 5.0
MS = 1000.0


class RoleInRoom(Result, frozen=True, kw_only=True):
    """A room, and whether a member is a host in it."""

    room: MediaRoom
    host: bool


class Failed(Result, frozen=True, kw_only=True):
    """A failed attempt at a provider, after `tries` earlier ones."""

    provider: Provider
    reason: Reason
    tries: int


def evict(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    """Schedule the eviction of a user who has left the meeting, from its room and from the room it has just left."""
    rooms = [(meeting.provider, room_id(meeting))]
    current = ctx.db.first(RoomPlacement, "by_meeting", meeting.id)
    if current is not None and current.left is not None and ctx.now - current.since <= AFTER_MOVE_SECONDS * MS:
        rooms.append((current.left, current.left_room or ""))
    for provider, room in rooms:
        if provider != MESH:
            ctx.scheduler.run_after(0, vacate, meeting_id=meeting.id, user_id=user_id, provider=provider, room=room)


def change_role(ctx: MutationCtx, meeting: Meeting, user_id: UserId) -> None:
    """Schedule the update of a member's role in the meeting's room, which sets their permissions there."""
    if meeting.state == "active" and meeting.provider != MESH:
        at = room_id(meeting)
        ctx.scheduler.run_after(
            0, apply_role, meeting_id=meeting.id, user_id=user_id, provider=meeting.provider, room=at
        )


def end_room(ctx: MutationCtx, meeting_id: MeetingId, provider: Provider, room: str, after: float = 0) -> None:
    """Schedule the closing of a room that the meeting no longer uses, `after` seconds from now."""
    if provider != MESH:
        ctx.scheduler.run_after(after, close_room, meeting_id=meeting_id, provider=provider, room=room)


@internal_query
def room_without(ctx: QueryCtx, meeting_id: MeetingId, room: str, user_id: UserId) -> MediaRoom | None:
    """Return the room to evict a user from; None if the user is in the meeting, or the meeting is over."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active":
        return None
    member = ctx.db.first(Participant, "by_meeting_user", meeting_id, user_id)
    return None if member is not None and member.presence == "joined" else media_room(meeting, room)


@internal_query
def role_in_room(ctx: QueryCtx, meeting_id: MeetingId, room: str, user_id: UserId) -> RoleInRoom | None:
    """Return a member's role in a room; None if they are not in the meeting, or it has left the room."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active" or room_id(meeting) != room:
        return None
    member = ctx.db.first(Participant, "by_meeting_user", meeting_id, user_id)
    if member is None or member.presence != "joined":
        return None
    return RoleInRoom(room=media_room(meeting), host=member.role == "host")


@internal_query
def room_unused(ctx: QueryCtx, meeting_id: MeetingId, room: str) -> MediaRoom | None:
    """Return the room to close; None if the meeting uses it, or has been deleted."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or (meeting.state == "active" and room_id(meeting) == room):
        return None
    return media_room(meeting, room)


@internal_action
async def vacate(
    ctx: ActionCtx, meeting_id: MeetingId, provider: Provider, room: str, user_id: UserId, tries: int = 0
) -> None:
    """Evict a user from a room, unless they have joined the meeting again."""
    found = await ctx.run_query(room_without, meeting_id=meeting_id, room=room, user_id=user_id)
    if found is None:
        return
    try:
        await room_provider(ctx.settings, provider).remove(found, user_id)
    except RoomError as error:
        failed = Failed(provider=provider, reason=error.reason, tries=tries)
        await ctx.run_mutation(vacate_later, meeting_id=meeting_id, room=room, user_id=user_id, failed=failed)


@internal_action
async def apply_role(
    ctx: ActionCtx, meeting_id: MeetingId, provider: Provider, room: str, user_id: UserId, tries: int = 0
) -> None:
    """Set a member's current role in a room."""
    found = await ctx.run_query(role_in_room, meeting_id=meeting_id, room=room, user_id=user_id)
    if found is None:
        return
    try:
        await room_provider(ctx.settings, provider).set_host(found.room, user_id, found.host)
    except RoomError as error:
        failed = Failed(provider=provider, reason=error.reason, tries=tries)
        await ctx.run_mutation(apply_role_later, meeting_id=meeting_id, room=room, user_id=user_id, failed=failed)


@internal_action
async def close_room(ctx: ActionCtx, meeting_id: MeetingId, provider: Provider, room: str, tries: int = 0) -> None:
    """Close a room, unless the meeting uses it."""
    found = await ctx.run_query(room_unused, meeting_id=meeting_id, room=room)
    if found is None:
        return
    try:
        await room_provider(ctx.settings, provider).end(found)
    except RoomError as error:
        failed = Failed(provider=provider, reason=error.reason, tries=tries)
        await ctx.run_mutation(close_room_later, meeting_id=meeting_id, room=room, failed=failed)


@internal_mutation
def vacate_later(ctx: MutationCtx, meeting_id: MeetingId, room: str, user_id: UserId, failed: Failed) -> None:
    """Schedule another attempt of `vacate`, up to `MAX_TRIES`."""
    pause = _note_failure(ctx, failed)
    if pause is not None:
        ctx.scheduler.run_after(
            pause,
            vacate,
            meeting_id=meeting_id,
            provider=failed.provider,
            room=room,
            user_id=user_id,
            tries=failed.tries + 1,
        )


@internal_mutation
def apply_role_later(ctx: MutationCtx, meeting_id: MeetingId, room: str, user_id: UserId, failed: Failed) -> None:
    """Schedule another attempt of `apply_role`, up to `MAX_TRIES`."""
    pause = _note_failure(ctx, failed)
    if pause is not None:
        ctx.scheduler.run_after(
            pause,
            apply_role,
            meeting_id=meeting_id,
            provider=failed.provider,
            room=room,
            user_id=user_id,
            tries=failed.tries + 1,
        )


@internal_mutation
def close_room_later(ctx: MutationCtx, meeting_id: MeetingId, room: str, failed: Failed) -> None:
    """Schedule another attempt of `close_room`, up to `MAX_TRIES`."""
    pause = _note_failure(ctx, failed)
    if pause is not None:
        ctx.scheduler.run_after(
            pause, close_room, meeting_id=meeting_id, provider=failed.provider, room=room, tries=failed.tries + 1
        )


def _note_failure(ctx: MutationCtx, failed: Failed) -> float | None:
    """Count a provider's failure; return the seconds to the next attempt, None after the last one.

    The failure counts only while the breaker is closed; an open breaker has probes of its own.
    """
    if provider_health.state_of(ctx, failed.provider) == "closed":
        provider_health.note_failure(ctx, failed.provider, failed.reason)
    return None if failed.tries + 1 >= MAX_TRIES else retry_seconds(failed.tries)
