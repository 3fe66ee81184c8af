"""People who are invited to a meeting before they have an account."""

from typing import NewType

from ..store.schema import Document, table
from .meetings import MeetingId
from .users import UserId

InvitationId = NewType("InvitationId", str)


@table(
    "invitations",
    10021,
    id_type=InvitationId,
    owner="invited_by",
    indexes={"by_email": ("email",), "by_meeting": ("meeting_id",)},
    retention="until it is accepted or its meeting is over for good",
)
class Invitation(Document, frozen=True, kw_only=True):
    """An address that becomes a member when its owner signs in. `email` is in lower case."""

    id: InvitationId = InvitationId("")
    meeting_id: MeetingId
    email: str
    invited_by: UserId
    created_at: float
