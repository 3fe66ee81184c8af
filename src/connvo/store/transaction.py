"""Writing: a snapshot that also inserts, patches and deletes, and remembers the index keys it changed.

Writes wait in a draft until the group commits or something asks for a range of their table. What is stored is what can
be read back: a document is decoded again before it is written, so that a value the body cannot carry (NaN, a wrong
type) fails its writer and not its readers.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import msgspec

from connvo.kernel.errors import Invalid

from .query import Scan
from .read_set import ReadSet
from .schema import SYSTEM_FIELDS, D, Document, Table, table_of
from .snapshot import Budget, Rows, Snapshot
from .unknown_fields import UnknownFields, has_unknown_fields, merge_unknown_fields
from .write_buffer import PendingWrite, WriteBuffer
from .write_set import WrittenKeys
from .writer_cache import WriterCache

# Neither database keeps U+0000 in text; in a body it is an escape whose backslash is not itself escaped.
NUL_ESCAPE = "\\u0000"
NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Transaction(Snapshot):
    """Reads see the transaction's own writes. Nothing is visible elsewhere before the commit.

    What `recall` knows costs no query; it is told of every write as it is made. `group` holds the writes of the
    mutations before it that will be committed together with it. Ends with `keep` or `undo`.
    """

    __slots__ = ("now", "written", "_last_creation", "_recall", "_group", "_draft", "_saved", "_late")

    def __init__(
        self,
        rows: Rows,
        timestamp: int,
        budget: Budget,
        now: float,
        recall: WriterCache,
        group: WriteBuffer,
        reads: ReadSet | None = None,
    ) -> None:
        super().__init__(rows, timestamp, budget, reads)
        self.recall = self._recall = recall
        self.now = now
        self.written = WrittenKeys()
        self._last_creation = -math.inf
        self._group = group
        self._draft = WriteBuffer()
        self._saved = False
        self._late: list[Callable[[int], object]] = []

    @property
    def writes(self) -> bool:
        """Return whether there is anything to commit."""
        return bool(self.written) or bool(self._late)

    def before_commit(self, work: Callable[[int], object]) -> None:
        """Have more written once the timestamp of the commit is certain. Nothing in this transaction sees it."""
        self._late.append(work)

    def commit_at(self, ts: int) -> None:
        """Do what was put off until the timestamp is certain; its writes have to be kept."""
        for work in self._late:
            work(ts)

    def release(self) -> None:
        """Leave the writes to the group. Raises what the database said of them, if it would not take them."""
        if self._draft.broken is not None:
            raise self._draft.broken
        if self._saved:
            self.rows.run("RELEASE one", ())
            self._saved = False
        self._group.take(self._draft)
        self._draft = WriteBuffer()

    def rollback(self) -> None:
        """Take back every write."""
        if self._saved:
            self.rows.run("ROLLBACK TO one", ())
            self.rows.run("RELEASE one", ())
        self._recall.invalidate_written(self.written)

    def flush(self, *only: Table) -> None:
        """Tell the database of the writes so far, or of those to some tables."""
        self._group.flush(self.rows, *only)
        if not only or any(table in self._draft for table in only):
            if not self._saved:
                self.rows.run("SAVEPOINT one", ())
                self._saved = True
            self._draft.flush(self.rows, *only)

    def insert(self, document: D, payload: bytes | None = None) -> D:
        """Store a new document; return it with its id and creation time.

        `payload` are the 16 bytes of the id, where a table puts meaning in them.

        Raises:
            Invalid: For U+0000 in text.
        """
        kind = type(document)
        table = table_of(kind)
        self._last_creation = max(self.now, math.nextafter(self._last_creation, math.inf))
        new = msgspec.structs.replace(document, id=table.new_id(payload, self.now), creation_time=self._last_creation)
        if payload is not None and self._holds(table, new.id):
            raise ValueError(f"{table.name}: there is a document {new.id}")
        self.budget.spend_write()
        body = msgspec.json.encode(new).decode()
        stored = self._readable(table, kind, body)
        self._draft.add(table, stored.id, PendingWrite(stored, body, is_insert=True))
        self._note(table, stored, None)
        self._recall.put(table, stored, body)
        return stored

    def patch(self, document: D, **changes: Any) -> D:
        """Change fields of a stored document; return it as it is now, with every earlier patch in it.

        Fields that only a newer program knows stay. Writes nothing when nothing differs.

        Raises:
            KeyError: It is gone.
            TypeError: For fields that it does not have or that are the store's own.
            Invalid: For U+0000 in text.
        """
        kind = type(document)
        table = table_of(kind)
        if not changes.keys().isdisjoint(SYSTEM_FIELDS):
            raise TypeError(f"{table.name}: the id and the creation time stay as they are")
        current = self.get(kind, document.id)
        if current is None:
            raise KeyError(document.id)
        changed = msgspec.structs.replace(current, **changes)
        if changed == current:
            return current
        self.budget.spend_write()
        held = self._beyond(table, current)
        if held is None:
            body = msgspec.json.encode(changed).decode()
        else:
            differ = {table.wire_fields[name] for name in changes if changes[name] != getattr(current, name)}
            body = merge_unknown_fields(changed, held, differ)
        stored = self._readable(table, kind, body)
        moved = tuple([name for name in table.columns if name in changes and changes[name] != getattr(current, name)])
        self._draft.add(table, stored.id, PendingWrite(stored, body, moved=moved))
        if moved:
            self._note(table, stored, current)
        else:
            self.written.add(table.places, table.keys(stored))
        self._recall.put(table, stored, body, held is not None)
        return stored

    def delete(self, document: Document) -> None:
        """Remove a stored document; removing it twice is the same as once."""
        kind = type(document)
        table = table_of(kind)
        current = self.get(kind, document.id)
        if current is None:
            return
        self.budget.spend_write()
        self._draft.add(table, document.id, PendingWrite(None))
        self._note(table, None, current)

    def _unremembered(self, table: Table, document: type[D], id: str) -> D | None:
        write = self._draft.find(table, id) or self._group.find(table, id)
        if write is None:
            return super()._unremembered(table, document, id)
        return None if write.document is None else self._decode(table, document, write.body)

    def _find_first(self, table: Table, document: type[D], scan: Scan) -> str:
        """Ask the database without telling it of the writes so far, unless one of them matters here."""
        place = f"{table.name}/{scan.index}"
        if self._draft.moves(place, scan.prefix) or self._group.moves(place, scan.prefix):
            self._settle(table)
        return super()._find_first(table, document, scan)

    def _learn(self, table: Table, found: Document, body: Any) -> None:
        if self._draft.find(table, found.id) is None and self._group.find(table, found.id) is None:
            super()._learn(table, found, body)

    def _holds(self, table: Table, id: str) -> bool:
        """Return whether an id is taken by what has not been flushed; the database itself refuses the others."""
        write = self._draft.find(table, id) or self._group.find(table, id)
        return write is not None and write.document is not None

    def _settle(self, table: Table) -> None:
        if table in self._draft or table in self._group:
            self.flush(table)

    def _note(self, table: Table, new: Document | None, old: Document | None) -> None:
        """Note a document that comes, go or move in an index."""
        before, after = [None if one is None else table.keys(one) for one in (old, new)]
        for keys in (before, after):
            if keys is not None:
                self._recall.invalidate(table.places, keys)
                self._draft.note_move(table.places, keys)
        self.written.add(table.places, after or before or [], before)

    def _beyond(self, table: Table, current: Document) -> str | None:
        """Return the body of a document that was just read, or None when it says no more than the document."""
        held = self._recall.get(table, current.id)
        if held is not None:
            return held.body if isinstance(held, UnknownFields) else None
        write = self._draft.find(table, current.id) or self._group.find(table, current.id)
        return write.body if write is not None and has_unknown_fields(current, write.body) else None

    def _readable(self, table: Table, kind: type[D], body: str) -> D:
        """Return a document as it will be read."""
        if NUL_ESCAPE in body and NUL.search(body):
            raise Invalid("Text may not hold the character U+0000")
        return self._decode(table, kind, body)
