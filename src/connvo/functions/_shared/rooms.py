"""The room of a meeting: its one id, and how to reach the other people in it."""

from ...domain.providers import Provider
from ...kernel.secret import Secret
from ...providers.rooms.base import MediaRoom
from ...providers.turn import IceServer, StunServer, stun_servers
from ...runtime.context import MutationCtx, QueryCtx
from ...runtime.wire import Result
from ...schema.meetings import Meeting, MeetingId, Participant
from ...schema.webrtc import VideoRoom
from . import relays


class StartedRoom(Result, frozen=True, kw_only=True):
    """Where a client connects once the meeting has started; credentials come with joining."""

    room_id: str | None = None
    ice_servers: list[StunServer] | None = None


class RoomInfo(Result, frozen=True, kw_only=True):
    """Where a client connects; what the meeting's provider does not use is absent."""

    room_id: str | None = None
    ice_servers: list[IceServer] | None = None
    stream_token: Secret | None = None


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


def started_room(ctx: QueryCtx, meeting: Meeting) -> StartedRoom:
    """Return the room of a meeting that starts. No one has joined it yet, so there are no credentials."""
    servers = [StunServer(urls=server.urls) for server in stun_servers(ctx.settings.ice)]
    return StartedRoom(room_id=room_id(meeting), ice_servers=servers)


def room_info(ctx: MutationCtx, meeting: Meeting, member: Participant) -> RoomInfo:
    """Return the room of an active meeting, with TURN credentials for those who take part.

    Raises:
        RateLimited: the member has asked too often.
    """
    return RoomInfo(room_id=room_id(meeting), ice_servers=relays.mint(ctx, meeting, member))
