"""Store the requests of hosts to members in a call."""

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
    """A host's request that a member mute; only the newest per member and meeting; time in ms."""

    id: MuteRequestId = MuteRequestId("")
    meeting_id: MeetingId
    user_id: UserId
    requested_by: UserId
    requested_at: float
