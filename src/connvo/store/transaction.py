"""Write documents: a snapshot that also inserts, patches and deletes, and records the index keys it changed.

Writes stay in a buffer until the group commits or a read needs a range of their table. Every document is decoded
again before it is written. A value that the body cannot carry (NaN, a wrong type) then fails its writer, not its
readers.
"""

import math
import re
from collections.abc import Callable

import msgspec

from connvo.kernel.errors import Invalid
from connvo.kernel.keys import Key

from .query import Scan
from .read_set import ReadSet
from .rows import Rows
from .schema import SYSTEM_FIELDS, D, Document, IndexName, Table, table_of
from .snapshot import Budget, Snapshot, document_in
from .unknown_fields import UnknownFields, has_unknown_fields, merge_unknown_fields
from .write_buffer import PendingWrite, WriteBuffer
from .write_set import WrittenKeys
from .writer_cache import WriterCache

# Neither database stores U+0000 in text. In a body it is an escape whose backslash is not itself escaped.
NUL_ESCAPE = "\\u0000"
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class PendingState:
    """The uncommitted writes that a transaction sees: its own, then those of earlier mutations of its group."""

    __slots__ = ("own", "group")

    def __init__(self, group: WriteBuffer) -> None:
        self.own = WriteBuffer()
        self.group = group

    def __contains__(self, table: Table) -> bool:
        return table in self.own or table in self.group

    def lookup(self, table: Table, id: str) -> PendingWrite | None:
        """Return the newest buffered write of a document, or None if the database has its current state."""
        return self.own.find(table, id) or self.group.find(table, id)

    def moves(self, name: IndexName, key: Key) -> bool:
        """Return whether a write makes a document appear or disappear under a whole key of an index."""
        return self.own.moves(name, key) or self.group.moves(name, key)

    def hand_over(self) -> None:
        """Move the transaction's own writes to the group."""
        self.group.take(self.own)
        self.own = WriteBuffer()


class Transaction(Snapshot):
    """A read-write transaction that sees its own writes; nothing is visible elsewhere before the commit.

    Documents in the cache cost no query; every write updates it at once. `group` holds the buffered writes
    of earlier mutations that commit together with this one. Call `release` or `rollback` at the end.
    """

    __slots__ = ("now", "written", "_last_creation", "_writer_cache", "_pending", "_has_savepoint", "_deferred")

    def __init__(
        self,
        rows: Rows,
        timestamp: int,
        budget: Budget,
        now: float,
        cache: WriterCache,
        group: WriteBuffer,
        reads: ReadSet | None = None,
    ) -> None:
        super().__init__(rows, timestamp, budget, reads)
        self.cache = self._writer_cache = cache
        self.now = now
        self.written = WrittenKeys()
        self._last_creation = -math.inf
        self._pending = PendingState(group)
        self._has_savepoint = False
        self._deferred: list[Callable[[Transaction, int], object]] = []

    @property
    def writes(self) -> bool:
        """Return whether there is anything to commit."""
        return bool(self.written) or bool(self._deferred)

    def before_commit(self, work: Callable[["Transaction", int], object]) -> None:
        """Call `work` with this transaction and the commit timestamp, once it is certain; its writes are not seen here.

        `work` must not hold the transaction: the cycle would leave it to the garbage collector, which stops the loop.
        """
        self._deferred.append(work)

    def commit_at(self, ts: int) -> None:
        """Run the work deferred by `before_commit`; its writes are part of the commit."""
        for work in self._deferred:
            work(self, ts)

    def release(self) -> None:
        """Hand the buffered writes over to the group.

        Raises:
            Exception: The error of the database, if it refused a write of this transaction.
        """
        if self._pending.own.broken is not None:
            raise self._pending.own.broken
        if self._has_savepoint:
            self.rows.run("RELEASE one", ())
            self._has_savepoint = False
        self._pending.hand_over()

    def rollback(self) -> None:
        """Undo every write."""
        if self._has_savepoint:
            self.rows.run("ROLLBACK TO one", ())
            self.rows.run("RELEASE one", ())
        self._writer_cache.invalidate_written(self.written)

    def flush(self, *only: Table) -> None:
        """Send the buffered writes to the database, or those to some tables."""
        self._pending.group.flush(self.rows, *only)
        own = self._pending.own
        if not only or any(table in own for table in only):
            if not self._has_savepoint:
                self.rows.run("SAVEPOINT one", ())
                self._has_savepoint = True
            own.flush(self.rows, *only)

    def insert(self, document: D, payload: bytes | None = None) -> D:
        """Store a new document; return it with its id and creation time.

        `payload` is the 16 bytes of the id, for tables that encode a meaning in it.

        Raises:
            Invalid: A text contains U+0000.
            LimitExceeded: The call has used up its writes or its time.
            ValueError: A document with this id exists.
        """
        kind = type(document)
        table = table_of(kind)
        self._last_creation = max(self.now, math.nextafter(self._last_creation, math.inf))
        new = msgspec.structs.replace(document, id=table.new_id(payload, self.now), creation_time=self._last_creation)
        if payload is not None and self._is_taken(table, new.id):
            raise ValueError(f"{table.name}: a document {new.id} exists already")
        self.budget.spend_write()
        body = msgspec.json.encode(new).decode()
        stored = self._decode_stored(table, kind, body)
        self._pending.own.add(table, stored.id, PendingWrite(stored, body, is_insert=True))
        self._record_change(table, stored, None)
        if not table.append_only:
            self._writer_cache.put(table, stored, body)
        return stored

    def patch(self, document: D, **changes: object) -> D:
        """Change fields of a stored document; return its current state, earlier patches included.

        Fields written by a newer program are preserved. Nothing is written when nothing differs.

        Raises:
            Invalid: A text contains U+0000.
            KeyError: The document no longer exists.
            LimitExceeded: The call has used up its writes or its time.
            TypeError: A field does not exist, or belongs to the store.
        """
        kind = type(document)
        table = table_of(kind)
        if not changes.keys().isdisjoint(SYSTEM_FIELDS):
            raise TypeError(f"{table.name}: the id and the creation time cannot be changed")
        current = self.get(kind, document.id)
        if current is None:
            raise KeyError(document.id)
        changed = msgspec.structs.replace(current, **changes)
        if changed == current:
            return current
        self.budget.spend_write()
        old_body = self._body_with_unknown_fields(table, current)
        if old_body is None:
            body = msgspec.json.encode(changed).decode()
        else:
            differ = {table.wire_fields[name] for name in changes if changes[name] != getattr(current, name)}
            body = merge_unknown_fields(changed, old_body, differ)
        stored = self._decode_stored(table, kind, body)
        moved = tuple([name for name in table.columns if name in changes and changes[name] != getattr(current, name)])
        self._pending.own.add(table, stored.id, PendingWrite(stored, body, moved=moved))
        if moved:
            self._record_change(table, stored, current)
        else:
            self.written.add(table.index_names, table.keys(stored))
        self._writer_cache.put(table, stored, body, old_body is not None)
        return stored

    def delete(self, document: Document) -> None:
        """Remove a stored document; do nothing if it is already gone."""
        kind = type(document)
        table = table_of(kind)
        current = self.get(kind, document.id)
        if current is None:
            return
        self.budget.spend_write()
        self._pending.own.add(table, document.id, PendingWrite(None))
        self._record_change(table, None, current)

    def _get_uncached(self, table: Table, document: type[D], id: str) -> D | None:
        write = self._pending.lookup(table, id)
        if write is None:
            return super()._get_uncached(table, document, id)
        return None if write.document is None else document_in(table, document, write.body)

    def _find_first(self, table: Table, document: type[D], scan: Scan) -> str:
        """Find the first document; flush the table first only if a buffered write could change the answer."""
        if self._pending.moves(f"{table.name}/{scan.index}", scan.prefix):
            self._flush_table(table)
        return super()._find_first(table, document, scan)

    def _cache_read(self, table: Table, found: Document, body: str) -> None:
        if self._pending.lookup(table, found.id) is None:  # otherwise the database has an older state
            super()._cache_read(table, found, body)

    def _is_taken(self, table: Table, id: str) -> bool:
        """Return whether a buffered write uses an id; the database itself refuses duplicates of stored ones."""
        write = self._pending.lookup(table, id)
        return write is not None and write.document is not None

    def _flush_table(self, table: Table) -> None:
        if table in self._pending:
            self.flush(table)

    def _record_change(self, table: Table, new: Document | None, old: Document | None) -> None:
        """Record that a document appears, disappears or moves in an index."""
        before, after = [None if document is None else table.keys(document) for document in (old, new)]
        for keys in (before, after):
            if keys is not None:
                self._writer_cache.invalidate(table.index_names, keys)
                self._pending.own.note_move(table.index_names, keys)
        self.written.add(table.index_names, after or before or [], before)

    def _body_with_unknown_fields(self, table: Table, current: Document) -> str | None:
        """Return the body of a document that was just read, or None if it has no unknown fields."""
        cached = self._writer_cache.get(table, current.id)
        if cached is not None:
            return cached.body if isinstance(cached, UnknownFields) else None
        write = self._pending.lookup(table, current.id)
        return write.body if write is not None and has_unknown_fields(current, write.body) else None

    def _decode_stored(self, table: Table, kind: type[D], body: str) -> D:
        """Return a document as readers will decode it."""
        if NUL_ESCAPE in body and NUL.search(body):
            raise Invalid("Text must not contain the character U+0000: remove it")
        return document_in(table, kind, body)
