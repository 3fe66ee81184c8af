"""Store presence: the last heartbeat of each member in a call, and the nodes that have sockets of theirs."""

from typing import NewType

from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

SightingId = NewType("SightingId", str)
VoucherId = NewType("VoucherId", str)

# The largest time that a JavaScript `Date` can hold, in ms.
NEVER = 8.64e15


@table(
    "sightings",
    10015,
    id_type=SightingId,
    owner="user_id",
    indexes={"by_member": ("meeting_id", "user_id"), "by_due": ("due_at",)},
    retention="dropped when the member leaves the call",
)
class PresenceLease(Document, frozen=True, kw_only=True):
    """The last heartbeat of a member in the call, and when the lease expires without another one; in ms.

    A member with a registered socket needs no heartbeats; the lease then expires at `NEVER`.
    """

    id: SightingId = SightingId("")
    meeting_id: MeetingId
    user_id: UserId
    last_seen: float
    due_at: float


@table(
    "vouchers",
    10020,
    id_type=VoucherId,
    owner="user_id",
    indexes={"by_member": ("meeting_id", "user_id", "node"), "by_node": ("node",)},
    retention="dropped with the user's last socket on the node, or after the end of the node",
)
class SocketRegistration(Document, frozen=True, kw_only=True):
    """A node's registration of the sockets of a user in a meeting; one row per node, meeting and user."""

    id: VoucherId = VoucherId("")
    node: str
    meeting_id: MeetingId
    user_id: UserId
