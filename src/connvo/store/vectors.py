"""Find documents by the similarity of their vectors: exactly, and at the timestamp of a snapshot.

A partition holds the unit vectors of one index prefix. It is filled when it is first searched, and then follows the
commit log, so a change costs one document and a search compares every vector of its partitions.

Guarantees:
    A result is that of comparing all vectors in the snapshot, on every node, also for an older snapshot.
    A search records the ranges that it covers, so a live query runs again when one of them changes.
    Partitions take at most the memory that is allowed, except those of the present search.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from connvo.kernel.errors import LimitExceeded, ServiceUnavailable
from connvo.kernel.keys import KeyPart

from .commit_log import Commit
from .read_set import Range, ReadSet
from .schema import BY_ID, Document, Table, table_of
from .snapshot import Snapshot
from .vector_rows import Accept, Hit, Tags, VectorRows, has_numpy, nearest_in, vector_rows

MAX_ROWS = 100_000
# Plain Python compares so many in about a fifth of a second.
MAX_PLAIN_ROWS = 5_000
# A user, and the meetings and reports of as many memberships as one search covers.
MAX_PARTITIONS = 2_001
# The rows that one call adds to partitions; the next call goes on.
FILL_ROWS = 1_000
SLICE_ROWS = 500
RETRY_SECONDS = 1.0
LOG_BATCH = 1_000
# More commits than this are not read one by one: the partitions are filled again.
MAX_LAG = 20_000
# Nor are more documents than this, which count as reads of the query.
MAX_TOUCHED = 2_000
REMEMBERED = 2_048

Prefix: TypeAlias = tuple[KeyPart, ...]


class VectorField(msgspec.Struct, frozen=True):
    """How documents of a table are searched: by an index, with their `vector` and the tags that filters look at."""

    document: type[Document]
    vector: Callable[[Document], bytes]
    tags: Callable[[Document], Tags]

    @property
    def table(self) -> Table:
        """The table of the documents."""
        return table_of(self.document)


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A search for the rows nearest to a unit vector, in the partitions of an index."""

    field: VectorField
    index: str
    prefixes: Sequence[Prefix]
    query: Sequence[float]
    least: float
    limit: int
    accept: Accept | None = None
    max_bytes: int


def nearest(db: Snapshot, search: Search) -> list[Hit]:
    """Return the rows of a snapshot that are nearest to a vector, best first and ties by id.

    Raises:
        LimitExceeded: The search covers too many rows or partitions.
        ServiceUnavailable: The partitions are still being filled; each call goes on with it.
        TypeError: The snapshot is a transaction, which searches no vectors.
    """
    if db.memory is None:
        raise TypeError("a transaction searches no vectors")
    index: VectorIndex = db.memory.setdefault(VectorIndex, VectorIndex())
    return index.nearest(db, search)


class _Partition:
    """The rows of one prefix. `filled_to` is the creation time up to which they are there; None once all are."""

    __slots__ = ("rows", "filled_to")

    def __init__(self, dimensions: int) -> None:
        self.rows: VectorRows = vector_rows(dimensions)
        self.filled_to: float | None = -1.0


class VectorIndex:
    """The partitions of one database on one node. They are those of the log at `_seq`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._partitions: OrderedDict[tuple[str, str, Prefix], _Partition] = OrderedDict()
        self._seq = 0
        # Documents that commits after `_known_from` touched, with the positions of these commits.
        self._touched: deque[tuple[int, frozenset[str]]] = deque(maxlen=REMEMBERED)
        self._known_from = 0

    def nearest(self, db: Snapshot, search: Search) -> list[Hit]:
        """Return the rows of a snapshot that are nearest to a vector, best first and ties by id.

        Raises:
            LimitExceeded: The search covers too many rows or partitions.
            ServiceUnavailable: The partitions are still being filled; each call goes on with it.
        """
        if len(search.prefixes) > MAX_PARTITIONS:
            raise LimitExceeded(f"A search covers {MAX_PARTITIONS} scopes at most", limit=MAX_PARTITIONS)
        table = search.field.table
        if db.reads is not None:
            for prefix in search.prefixes:
                db.reads.add(Range(table.name, search.index, prefix))
        quiet = db.fork(ReadSet(), db.budget)
        with self._lock:
            position = quiet.log.sequence()
            if position > self._seq:
                self._follow(quiet, search.field, position)
            changed = self._changed_since(position)
            if changed is None:
                return self._without_partitions(quiet, search)
            hits = self._search(quiet, search, changed, position)
            self._evict(search)
            return hits

    def clear(self) -> None:
        """Remove every partition."""
        with self._lock:
            self._partitions.clear()

    @property
    def byte_size(self) -> int:
        """The memory that the partitions take, about."""
        return sum(partition.rows.byte_size for partition in self._partitions.values())

    def _search(self, db: Snapshot, search: Search, changed: frozenset[str], position: int) -> list[Hit]:
        partitions = [self._partition(search, prefix) for prefix in search.prefixes]
        current = position == self._seq
        left = FILL_ROWS
        for prefix, partition in zip(search.prefixes, partitions, strict=True):
            if partition.filled_to is not None and not current:
                return self._without_partitions(db, search)
            while partition.filled_to is not None and left > 0:
                left -= self._fill(db, search, prefix, partition)
        _check_size(sum(len(partition.rows) for partition in partitions))
        if any(partition.filled_to is not None for partition in partitions):
            raise ServiceUnavailable(
                "The vectors of this search are being loaded; try again in a moment", retryAfterSeconds=RETRY_SECONDS
            )
        rows = [partition.rows for partition in partitions]
        limit = search.limit + len(changed)
        found = nearest_in(rows, search.query, search.least, limit, search.accept)
        found = [hit for hit in found if hit.id not in changed]
        if changed:
            found += _ranked(_matching(db, search, changed), search)
        return sorted(found, key=lambda hit: (-hit.score, hit.id))[: search.limit]

    def _partition(self, search: Search, prefix: Prefix) -> _Partition:
        key = (search.field.table.name, search.index, prefix)
        held = self._partitions.get(key)
        if held is None:
            held = self._partitions[key] = _Partition(len(search.query))
        self._partitions.move_to_end(key)
        return held

    def _fill(self, db: Snapshot, search: Search, prefix: Prefix, partition: _Partition) -> int:
        """Add the next rows of a prefix; return their number."""
        assert partition.filled_to is not None
        size = SLICE_ROWS
        while True:
            field = search.field
            found = db.scan(field.document, search.index, *prefix, since=partition.filled_to, limit=size)
            if len(found) < size or found[-1].creation_time > partition.filled_to:
                break
            size *= 2  # so many rows of one transaction
        for document in found:
            partition.rows.put(document.id, field.vector(document), field.tags(document))
        partition.filled_to = None if len(found) < size else found[-1].creation_time
        return max(len(found), 1)

    def _follow(self, db: Snapshot, field: VectorField, position: int) -> None:
        """Apply the commits up to a position of the log, as the snapshot has them."""
        if not self._partitions:
            self._restart(position)
            return
        touched: set[str] = set()
        seq = self._seq
        while seq < position:
            commits = db.log.commits(seq, LOG_BATCH)
            if position - seq > MAX_LAG or not commits or commits[0].seq != seq + 1:
                self._restart(position)
                return
            for commit in commits:
                ids = _ids(commit, field.table)
                if ids:
                    touched |= ids
                    self._remember(commit.seq, ids)
            seq = commits[-1].seq
        if len(touched) > MAX_TOUCHED:
            self._restart(position)
            return
        try:
            for id in touched:
                self._apply(db, field, id)
        except BaseException:
            self._restart(position)  # half of the changes would be those of no position
            raise
        self._seq = position

    def _apply(self, db: Snapshot, field: VectorField, id: str) -> None:
        table = field.table
        document = db.get(field.document, id)
        for (name, index, prefix), partition in self._partitions.items():
            if name != table.name:
                continue
            if document is not None and table.key(index, document)[: len(prefix)] == prefix:
                partition.rows.put(id, field.vector(document), field.tags(document))
            elif id in partition.rows:
                partition.rows.remove(id)

    def _restart(self, position: int) -> None:
        self._partitions.clear()
        self._touched.clear()
        self._seq = self._known_from = position

    def _remember(self, seq: int, ids: frozenset[str]) -> None:
        if len(self._touched) == REMEMBERED:
            self._known_from = self._touched[0][0]
        self._touched.append((seq, ids))

    def _changed_since(self, position: int) -> frozenset[str] | None:
        """Return the documents that were touched after a position; None if that is no longer known."""
        if position >= self._seq:
            return frozenset()
        if position < self._known_from:
            return None
        return frozenset().union(*(ids for seq, ids in self._touched if seq > position))

    def _without_partitions(self, db: Snapshot, search: Search) -> list[Hit]:
        """Compare the documents of an old snapshot one by one."""
        found: list[Document] = []
        for prefix in search.prefixes:
            found += db.scan(search.field.document, search.index, *prefix)
        _check_size(len(found))
        return _ranked(found, search)

    def _evict(self, search: Search) -> None:
        size = self.byte_size
        if size <= search.max_bytes:
            return
        used = {(search.field.table.name, search.index, prefix) for prefix in search.prefixes}
        for key in [key for key in self._partitions if key not in used]:
            size -= self._partitions.pop(key).rows.byte_size
            if size <= search.max_bytes:
                return


def _ids(commit: Commit, table: Table) -> frozenset[str]:
    return frozenset(str(key[0]) for key in commit.written.keys.get(f"{table.name}/{BY_ID}", ()))


def _matching(db: Snapshot, search: Search, ids: frozenset[str]) -> list[Document]:
    """Return those of some documents that are in a partition of the search."""
    table, prefixes = search.field.table, set(search.prefixes)
    found = [document for id in ids if (document := db.get(search.field.document, id)) is not None]
    sizes = {len(prefix) for prefix in prefixes}
    return [one for one in found if any(table.key(search.index, one)[:size] in prefixes for size in sizes)]


def _ranked(documents: Sequence[Document], search: Search) -> list[Hit]:
    rows = vector_rows(len(search.query))
    for document in documents:
        rows.put(document.id, search.field.vector(document), search.field.tags(document))
    return nearest_in([rows], search.query, search.least, search.limit, search.accept)


def _check_size(rows: int) -> None:
    most = MAX_ROWS if has_numpy() else MAX_PLAIN_ROWS
    if rows > most:
        hint = "" if has_numpy() else "; a server with the extra `embeddings` compares more"
        raise LimitExceeded(f"A search compares {most} vectors at most{hint}: choose a meeting", limit=most)
