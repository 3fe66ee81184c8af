"""Store invitations to an address or an account, until they are answered."""

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
    retention="until it is accepted or its meeting can no longer be reopened",
)
class Invitation(Document, frozen=True, kw_only=True):
    """An invitation of an address to become a member; `email` is in lower case.

    Its sender cannot see whether the address has an account, nor whether its owner declined: `declined_by` is never
    disclosed. Only an accepted invitation looks different.
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
    retention="until the invited user answers, or the meeting can no longer be reopened",
)
class PendingMembership(Document, frozen=True, kw_only=True):
    """An unanswered membership offered by a host whom the user does not know; exists exactly while it is `asked`."""

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
    retention="until the meeting can no longer be reopened",
)
class DeclinedInvitation(Document, frozen=True, kw_only=True):
    """A user who declined a meeting, and whom hosts cannot add again.

    `untold`: the user declined an invitation of their address. Hosts are not told, and adding the user has no effect,
    because they could learn the owner of the address otherwise.
    """

    id: DeclinedInvitationId = DeclinedInvitationId("")
    meeting_id: MeetingId
    user_id: UserId
    created_at: float
    untold: bool = False
