"""The room of a meeting: its one id, and the room as providers see it."""

from connvo.providers.rooms.base import MediaRoom
from connvo.rules.providers import Provider
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.rooms import VideoRoom


def room_id(meeting: Meeting) -> str:
    """Return the one room id of a meeting, the same from every function until the room moves."""
    return meeting.room_id or f"{meeting.provider}_{meeting.id}"


def room_id_at(meeting: Meeting, provider: Provider, generation: int) -> str:
    """Return the id that a meeting's room has at a provider once it has moved there."""
    return f"{provider}_{meeting.id}_{generation}"


def meeting_of(ctx: QueryCtx, room: str) -> Meeting | None:
    """Return the meeting that a room is or was of, or None for an id that no room of ours has."""
    parts = room.split("_")
    return ctx.db.get(Meeting, parts[1]) if len(parts) in (2, 3) else None


def media_room(meeting: Meeting, at: str | None = None) -> MediaRoom:
    """Return a meeting's room as providers see it: the present one, or one of another id."""
    return MediaRoom(
        meeting_id=meeting.id,
        room_id=at or room_id(meeting),
        people=meeting.cap,
        owner_id=meeting.organizer_id,
        recording=meeting.recording_allowed,
    )


def find_room(ctx: QueryCtx, meeting_id: MeetingId) -> VideoRoom | None:
    """Return the room that a host initialized, or None."""
    return ctx.db.first(VideoRoom, "by_meeting", meeting_id)
