"""Store the links by which any user can join a meeting."""

from typing import NewType

from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

MeetingLinkId = NewType("MeetingLinkId", str)


@table(
    "meetingLinks",
    10022,
    id_type=MeetingLinkId,
    owner="created_by",
    indexes={"by_meeting": ("meeting_id",), "by_code": ("code",)},
    retention="until it is revoked or its meeting can no longer be reopened",
)
class MeetingLink(Document, frozen=True, kw_only=True):
    """The one valid link of a meeting."""

    id: MeetingLinkId = MeetingLinkId("")
    meeting_id: MeetingId
    code: str
    created_by: UserId
    created_at: float
