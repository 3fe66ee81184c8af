"""Store the activity in a meeting, which changes often, apart from the meeting's row, which many queries read."""

from typing import Literal, NewType, TypeAlias

from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

MeetingActivityId = NewType("MeetingActivityId", str)
ActivityType: TypeAlias = Literal["speaking", "message", "screen_share", "reaction"]


@table(
    "meetingState",
    10008,
    id_type=MeetingActivityId,
    indexes={"by_meeting": ("meeting_id",)},
    retention="kept with its meeting",
)
class MeetingActivity(Document, frozen=True, kw_only=True):
    """Topics, speaking time and activity in the room; at most one row per meeting; times in ms.

    `last_activity_at` is the newest activity of any type, or the start of the meeting.
    """

    id: MeetingActivityId = MeetingActivityId("")
    meeting_id: MeetingId
    topics: list[str] = []
    speaking_ms: dict[UserId, float] = {}
    last_activity: dict[ActivityType, float] = {}
    last_activity_at: float
    updated_at: float
