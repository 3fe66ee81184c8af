"""The rooms of meetings, and where they are and how that came about."""

from typing import Literal, NewType, TypeAlias

from connvo.store.schema import Document, table

from .meetings import MeetingId, Provider

VideoRoomId = NewType("VideoRoomId", str)
RoomCourseId = NewType("RoomCourseId", str)

OpenState: TypeAlias = Literal["opening", "ready", "closed"]


@table(
    "videoRooms", 10009, id_type=VideoRoomId, indexes={"by_meeting": ("meeting_id",)}, retention="kept with its meeting"
)
class VideoRoom(Document, frozen=True, kw_only=True):
    """The room of a meeting; at most one row per meeting. Never holds ICE servers or credentials."""

    id: VideoRoomId = VideoRoomId("")
    meeting_id: MeetingId
    room_id: str
    provider: Provider
    recording: bool
    transcription: bool
    max_participants: int
    screen_sharing: bool = True
    chat: bool = True
    created_at: float
    updated_at: float


@table(
    "mediaRooms",
    10050,
    id_type=RoomCourseId,
    indexes={"by_meeting": ("meeting_id",)},
    retention="dropped when its meeting ends",
)
class RoomPlacement(Document, frozen=True, kw_only=True):
    """How a meeting's room stands at its provider, since when and why; at most one row per meeting.

    Provider and generation are the meeting's own. `announced` is where the room is about to move, at `announced_at`,
    and `prepared` that it is open there. `left` is where it came from, and `left_room` its id there, which ends a
    moment after the move. `tried` are the providers that did not open it since it was last ready, `tries` how often
    it was tried again while closed. Times in ms.
    """

    id: RoomCourseId = RoomCourseId("")
    meeting_id: MeetingId
    state: OpenState
    reason: str | None = None
    since: float
    announced: Provider | None = None
    announced_at: float = 0.0
    announced_reason: str | None = None
    prepared: bool = False
    left: Provider | None = None
    left_room: str | None = None
    tried: tuple[Provider, ...] = ()
    tries: int = 0
