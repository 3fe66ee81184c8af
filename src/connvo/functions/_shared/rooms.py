"""The room of a meeting: its one id, and how to reach the other people in it."""

from ...domain.providers import Provider
from ...providers.rooms.base import MediaRoom
from ...providers.turn import IceServer, ice_servers, relay_configured, stun_servers, turn_servers
from ...runtime.context import QueryCtx
from ...runtime.wire import Result
from ...schema.meetings import Meeting, MeetingId
from ...schema.users import UserId
from ...schema.webrtc import VideoRoom
from . import failures
from .access import require_meeting


class StartedRoom(Result, frozen=True, kw_only=True):
    """Where a client connects once the meeting has started."""

    room_id: str | None = None
    ice_servers: list[IceServer] | None = None


class RoomInfo(StartedRoom, frozen=True, kw_only=True):
    """Where a client connects; what the meeting's provider does not use is absent."""

    stream_token: str | None = None


def room_id(meeting: Meeting) -> str:
    """Returns the one room id of a meeting, the same from every function until the room moves."""
    return meeting.room_id or f"{meeting.provider}_{meeting.id}"


def room_id_at(meeting: Meeting, provider: Provider, generation: int) -> str:
    """Returns the id that a meeting's room has at a provider once it has moved there."""
    return f"{provider}_{meeting.id}_{generation}"


def meeting_of(ctx: QueryCtx, room: str) -> Meeting | None:
    """Returns the meeting that a room is or was of, or None for an id that no room of ours has."""
    parts = room.split("_")
    return ctx.db.get(Meeting, parts[1]) if len(parts) in (2, 3) else None


def media_room(meeting: Meeting, at: str | None = None) -> MediaRoom:
    """Returns a meeting's room as providers see it: the present one, or one of another id."""
    return MediaRoom(
        meeting_id=meeting.id,
        room_id=at or room_id(meeting),
        people=meeting.cap,
        owner_id=meeting.organizer_id,
        recording=meeting.recording_allowed,
    )


def find_room(ctx: QueryCtx, meeting_id: MeetingId) -> VideoRoom | None:
    """Returns the room that a host initialized, or None."""
    return ctx.db.first(VideoRoom, "by_meeting", meeting_id)


def relay_only(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Returns whether a member was told to connect over TURN alone, for as long as the recovery ladder remembers it."""
    if not relay_configured(ctx.settings.ice):
        return False
    meeting = require_meeting(ctx, meeting_id)
    return any(failure.rung == "relay" for failure in failures.recent(ctx, meeting, user_id))


def ice_for(ctx: QueryCtx, meeting: Meeting, user_id: UserId) -> list[IceServer]:
    """Returns the ICE servers for a member, with TURN credentials of their own; relays alone on that rung.

    Credentials are for those who take part in an active meeting; to others only what is no secret is told.
    """
    ice = ctx.settings.ice
    if meeting.state != "active":
        return stun_servers(ice)
    if relay_only(ctx, meeting.id, user_id):
        return turn_servers(ice, user_id, ctx.now)
    return ice_servers(ice, user_id, ctx.now)


def started_room(ctx: QueryCtx, meeting: Meeting, user_id: UserId) -> StartedRoom:
    """Returns the room of a meeting that starts."""
    return StartedRoom(room_id=room_id(meeting), ice_servers=ice_for(ctx, meeting, user_id))


def room_info(ctx: QueryCtx, meeting: Meeting, user_id: UserId) -> RoomInfo:
    """Returns the room of an active meeting."""
    return RoomInfo(room_id=room_id(meeting), ice_servers=ice_for(ctx, meeting, user_id))
