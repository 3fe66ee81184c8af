"""What hosts ask of the people in a call."""

from typing import NewType

from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

MuteRequestId = NewType("MuteRequestId", str)


@table(
    "muteRequests",
    10031,
    id_type=MuteRequestId,
    owner="user_id",
    indexes={"by_member": ("meeting_id", "user_id")},
    retention="until it is acknowledged or its addressee leaves",
)
class MuteRequest(Document, frozen=True, kw_only=True):
    """A host's wish that a member mute; the newest one of each member in a meeting. Time in ms."""

    id: MuteRequestId = MuteRequestId("")
    meeting_id: MeetingId
    user_id: UserId
    requested_by: UserId
    requested_at: float
