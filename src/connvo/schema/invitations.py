"""Invitations: to an address, or to an account, until their person has answered."""

from typing import NewType

from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

InvitationId = NewType("InvitationId", str)
PendingMembershipId = NewType("PendingMembershipId", str)
DeclinedInvitationId = NewType("DeclinedInvitationId", str)


@table(
    "invitations",
    10021,
    id_type=InvitationId,
    owner="invited_by",
    indexes={"by_email": ("email",), "by_meeting": ("meeting_id",)},
    retention="until it is accepted or its meeting is over for good",
)
class Invitation(Document, frozen=True, kw_only=True):
    """An address whose owner may become a member. `email` is in lower case.

    It looks the same to its sender whether the address has an account or not, and whatever its owner did with it but
    accept it: `declined_by`, who needs it no more, is told to nobody.
    """

    id: InvitationId = InvitationId("")
    meeting_id: MeetingId
    email: str
    invited_by: UserId
    declined_by: UserId | None = None
    created_at: float


@table(
    "pendingMemberships",
    10023,
    id_type=PendingMembershipId,
    owner="user_id",
    indexes={"by_user": ("user_id",), "by_member": ("meeting_id", "user_id")},
    retention="until the invited person answers, or the meeting is over for good",
)
class PendingMembership(Document, frozen=True, kw_only=True):
    """A membership that a stranger gave to a person, who has not answered. There is one exactly while it is `asked`."""

    id: PendingMembershipId = PendingMembershipId("")
    meeting_id: MeetingId
    user_id: UserId
    invited_by: UserId
    created_at: float


@table(
    "declinedInvitations",
    10024,
    id_type=DeclinedInvitationId,
    owner="user_id",
    indexes={"by_user": ("user_id",), "by_member": ("meeting_id", "user_id")},
    retention="until the meeting is over for good",
)
class DeclinedInvitation(Document, frozen=True, kw_only=True):
    """A person who does not want to belong to a meeting, and whom hosts cannot add again.

    `untold`: they answered an invitation of their address, so hosts are not told, and may add them to no effect: whose
    address it is would be known otherwise.
    """

    id: DeclinedInvitationId = DeclinedInvitationId("")
    meeting_id: MeetingId
    user_id: UserId
    created_at: float
    untold: bool = False
