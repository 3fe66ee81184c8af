"""Links that let whoever has them into a meeting."""

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
    retention="until it is revoked or its meeting is over for good",
)
class MeetingLink(Document, frozen=True, kw_only=True):
    """The one live link of a meeting. It lets nobody in who is `barred`: removed by a host since it was made."""

    id: MeetingLinkId = MeetingLinkId("")
    meeting_id: MeetingId
    code: str
    created_by: UserId
    barred: tuple[UserId, ...] = ()
    created_at: float
