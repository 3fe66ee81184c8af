"""The id of a meeting's room, and the room as providers see it."""

from connvo.providers.rooms.base import MediaRoom
from connvo.rules.providers import Provider
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.rooms import VideoRoom


def room_id(meeting: Meeting) -> str:
    """Return the room id of a meeting, which is the same in every function until the room moves."""
    return meeting.room_id or f"{meeting.provider}_{meeting.id}"


def room_id_at(meeting: Meeting, provider: Provider, generation: int) -> str:
    """Return the id of a meeting's room after its move to a provider."""
    return f"{provider}_{meeting.id}_{generation}"


def meeting_of(ctx: QueryCtx, room: str) -> Meeting | None:
    """Return the meeting of a present or past room, or None for an unknown id."""
    parts = room.split("_")
    return ctx.db.get(Meeting, parts[1]) if len(parts) in (2, 3) else None


def media_room(meeting: Meeting, at: str | None = None) -> MediaRoom:
    """Return a meeting's room as providers see it, with its present id or another."""
    return MediaRoom(
        meeting_id=meeting.id,
        room_id=at or room_id(meeting),
        people=meeting.cap,
        owner_id=meeting.organizer_id,
        recording=meeting.recording_allowed,
    )


def find_room(ctx: QueryCtx, meeting_id: MeetingId) -> VideoRoom | None:
    """Return the room that a host has set up, or None."""
    return ctx.db.first(VideoRoom, "by_meeting", meeting_id)
