"""The leases of the nodes that serve one database, and the detection of dead nodes.

Guarantees: nodes do not compare clocks. A node is dead when several renewals in a row of a living node saw no renewal
of its lease. While the database is unreachable no node can look, so an outage kills no node.
"""

from collections.abc import Mapping
from typing import NamedTuple, NewType

from connvo.kernel.clock import MS
from connvo.store.schema import Document, table
from connvo.store.transaction import Transaction

NodeId = NewType("NodeId", str)
# Far more processes than one database can serve.
MAX_NODES = 1000


@table("nodes", 104, id_type=NodeId, retention="dropped when the process stops, or is found dead")
class Node(Document, frozen=True, kw_only=True):
    """The lease of one node. While its sockets are being closed, `ended` is the time as of which they close."""

    id: NodeId = NodeId("")
    renewals: int = 0
    renewed_at: float
    ended: float | None = None


class Renewal(NamedTuple):
    """The result of a renewal; `renewals` counts those of each other node.

    `held`: the node still had its lease. `unheard`: no node could write for longer than a lease lasts.
    """

    held: bool
    unheard: bool
    renewals: dict[str, int]


def register(db: Transaction) -> Node:
    """Insert the lease of a node that starts to serve; return it."""
    return db.insert(Node(renewed_at=db.now))


def renew(db: Transaction, id: str | None, lease_seconds: float) -> Renewal:
    """Renew a lease unless it has ended; without an id, only read those of the other nodes."""
    nodes = db.scan(Node, "by_creation", limit=MAX_NODES)
    # A renewal in the future was written before the clock was set back, or by a node whose clock is ahead.
    soon = db.now + lease_seconds * MS
    newest = max((node.renewed_at for node in nodes if node.renewed_at <= soon), default=float("-inf"))
    own = next((node for node in nodes if node.id == id and node.ended is None), None)
    if own is not None:
        db.patch(own, renewals=own.renewals + 1, renewed_at=db.now)
    others: dict[str, int] = {node.id: node.renewals for node in nodes if node is not own}
    return Renewal(own is not None, db.now - newest > lease_seconds * MS, others)


def holds(db: Transaction, id: str) -> bool:
    """Return whether a node's lease exists and has not ended."""
    node = db.get(Node, id)
    return node is not None and node.ended is None


def end(db: Transaction, id: str, renewals: int | None = None, since: float | None = None) -> float | None:
    """End a lease as of `since`, or now; return the time of its end, or None when it is gone.

    With `renewals`, also return None when the lease was renewed meanwhile: then it continues.
    """
    node = db.get(Node, id)
    if node is None:
        return None
    if node.ended is not None:
        return node.ended
    if renewals is not None and node.renewals != renewals:
        return None
    ended = db.now if since is None else since
    db.patch(node, ended=ended)
    return ended


def unregister(db: Transaction, id: str) -> None:
    """Delete a lease that has ended and has no sockets left."""
    node = db.get(Node, id)
    if node is not None:
        db.delete(node)


class DeadNode(NamedTuple):
    """A dead node: the number of its renewals, and when this node first saw that number, in epoch milliseconds."""

    id: str
    renewals: int
    since: float


class FailureDetector:
    """The renewals of other nodes, as one node has seen them. After `misses` looks without a renewal a node is dead."""

    def __init__(self, misses: int) -> None:
        self._misses = misses
        self._seen: dict[str, tuple[DeadNode, int]] = {}

    def observe(self, renewals: Mapping[str, int], now_ms: float) -> list[DeadNode]:
        """Record the number of renewals of each node; return the dead nodes."""
        seen = self._seen
        self._seen = {}
        for id, count in renewals.items():
            last, missed = seen.get(id, (None, 0))
            same = last is not None and last.renewals == count
            self._seen[id] = (last, missed + 1) if last is not None and same else (DeadNode(id, count, now_ms), 0)
        return [last for last, missed in self._seen.values() if missed >= self._misses]
