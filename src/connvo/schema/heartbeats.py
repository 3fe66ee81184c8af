"""Who is there: when members were last heard of, and which nodes vouch for them."""

from typing import NewType

from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

SightingId = NewType("SightingId", str)
VoucherId = NewType("VoucherId", str)

# The last moment that JavaScript knows, in ms.
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
    """When a member in the call was last heard of, and when silence next means something; in ms.

    Who is vouched for is heard of all the time: then silence means something at `NEVER`.
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
    retention="dropped with the person's last socket there, or after the end of the node",
)
class SocketRegistration(Document, frozen=True, kw_only=True):
    """A node has sockets of somebody who watches a meeting; at most one row for each node, meeting and person."""

    id: VoucherId = VoucherId("")
    node: str
    meeting_id: MeetingId
    user_id: UserId
