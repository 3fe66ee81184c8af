"""Store the rooms of meetings, and their placement at a provider."""

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
    """The room of a meeting; at most one row per meeting, without ICE servers or credentials."""

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
    """The state of a meeting's room at its provider, with time and reason; at most one row per meeting; times in ms.

    The meeting has the provider and the generation. `announced` is the provider to which the room is about to move,
    since `announced_at`; `prepared`: it is open there. `left` is the previous provider, where the room with the id
    `left_room` is closed shortly after the move. `tried` are the providers that failed to open the room since it was
    last ready, and `tries` counts the retries while it is closed.
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
