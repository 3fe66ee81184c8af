"""The processes that serve one database: a row each, renewed while it lives, and how the others notice its death.

Nobody compares clocks: a node is dead when its row has not moved in several looks in a row of somebody who lives.
While the database is away nobody can look, so nobody dies of that.
"""

from collections.abc import Mapping
from typing import NamedTuple, NewType

from connvo.store.schema import Document, table
from connvo.store.transaction import Transaction

NodeId = NewType("NodeId", str)
MS = 1000.0
# Far more processes than one database can serve.
MAX_NODES = 1000


@table("nodes", 104, id_type=NodeId, retention="dropped when the process stops, or is found dead")
class Node(Document, frozen=True, kw_only=True):
    """The lease of one process. `ended`: since when nothing was heard of it; what it vouched for is being cleared."""

    id: NodeId = NodeId("")
    renewals: int = 0
    renewed_at: float
    ended: float | None = None


class Renewal(NamedTuple):
    """What a node learns by renewing its lease: how often each node has renewed, and whether anybody was listening.

    `held`: its own lease was still there. `unheard`: for longer than a lease lasts no node could write.
    """

    held: bool
    unheard: bool
    renewals: dict[str, int]


def enter(db: Transaction) -> Node:
    """Return the lease of a process that begins to serve."""
    return db.insert(Node(renewed_at=db.now))


def renew(db: Transaction, id: str | None, lease_seconds: float) -> Renewal:
    """Renew a lease, unless it has ended; without an id it only looks."""
    nodes = db.scan(Node, "by_creation", limit=MAX_NODES)
    # One that lies ahead was written before the clock was set back, or by a node whose clock is ahead.
    soon = db.now + lease_seconds * MS
    newest = max((node.renewed_at for node in nodes if node.renewed_at <= soon), default=float("-inf"))
    own = next((node for node in nodes if node.id == id and node.ended is None), None)
    if own is not None:
        db.patch(own, renewals=own.renewals + 1, renewed_at=db.now)
    others: dict[str, int] = {node.id: node.renewals for node in nodes if node is not own}
    return Renewal(own is not None, db.now - newest > lease_seconds * MS, others)


def holds(db: Transaction, id: str) -> bool:
    """Return whether a node's lease is there and have not ended."""
    node = db.get(Node, id)
    return node is not None and node.ended is None


def end(db: Transaction, id: str, renewals: int | None = None, since: float | None = None) -> float | None:
    """End a lease; return since when it has ended, without `since` now, or None when it is gone.

    With `renewals` also None when it was renewed meanwhile: then it goes on.
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


def leave(db: Transaction, id: str) -> None:
    """Drop a lease that has ended, with nothing left to clear."""
    node = db.get(Node, id)
    if node is not None:
        db.delete(node)


class DeadNode(NamedTuple):
    """A node that has died: how often it had renewed, and since when nothing was heard of it, in ms."""

    id: str
    renewals: int
    since: float


class FailureDetector:
    """What one node has seen of the others. `misses` looks without a renewal mean death."""

    def __init__(self, misses: int) -> None:
        self._misses = misses
        self._seen: dict[str, tuple[DeadNode, int]] = {}

    def observe(self, renewals: Mapping[str, int], now_ms: float) -> list[DeadNode]:
        """Take how often each node has renewed; return those who are dead."""
        seen = self._seen
        self._seen = {}
        for id, count in renewals.items():
            last, missed = seen.get(id, (None, 0))
            same = last is not None and last.renewals == count
            self._seen[id] = (last, missed + 1) if last is not None and same else (DeadNode(id, count, now_ms), 0)
        return [last for last, missed in self._seen.values() if missed >= self._misses]
