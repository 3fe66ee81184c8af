"""Buffer writes before they are sent to the database, keeping only the newest state of each document.

A document that is written repeatedly within one commit costs one statement, and many documents of a table go in one
call. Flush a table before reading a range of it from the database.
"""

from collections.abc import Iterable

from connvo.kernel.keys import Key

from .query import deleting, inserting, updating
from .rows import Rows
from .schema import KEY_SUFFIX, Document, IndexName, Table

Moved = tuple[str, ...]


class PendingWrite:
    """A buffered write of one document.

    `document` is None for a deletion. `is_insert`: the database does not have the document yet. `moved` are the
    indexed fields that changed.
    """

    __slots__ = ("document", "body", "is_insert", "moved")

    def __init__(self, document: Document | None, body: str = "", is_insert: bool = False, moved: Moved = ()) -> None:
        self.document = document
        self.body = body
        self.is_insert = is_insert
        self.moved = moved

    def then(self, later: "PendingWrite", table: Table) -> "PendingWrite | None":
        """Merge with a later write of the same document; return None if the two cancel out."""
        if later.document is None:
            return None if self.is_insert else later
        if self.document is None:
            return PendingWrite(later.document, later.body, moved=table.columns)
        moved = self.moved + tuple([name for name in later.moved if name not in self.moved])
        return PendingWrite(later.document, later.body, self.is_insert, moved)


class WriteBuffer:
    """Writes by table and id; `broken` is the error of a failed flush, after which the buffer must not be used."""

    __slots__ = ("_tables", "_moves", "_moved", "broken")

    def __init__(self) -> None:
        self._tables: dict[Table, dict[str, PendingWrite]] = {}
        self._moves: list[tuple[list[IndexName], list[Key]]] = []
        self._moved: set[tuple[IndexName, Key]] = set()
        self.broken: Exception | None = None

    def __contains__(self, table: Table) -> bool:
        return bool(self._tables.get(table))

    def find(self, table: Table, id: str) -> PendingWrite | None:
        """Return the buffered write of a document, or None."""
        held = self._tables.get(table)
        return None if held is None else held.get(id)

    def add(self, table: Table, id: str, write: PendingWrite) -> None:
        """Add a write after those already buffered."""
        held = self._tables.setdefault(table, {})
        earlier = held.get(id)
        whole = write if earlier is None else earlier.then(write, table)
        if whole is None:
            del held[id]
        else:
            held[id] = whole

    def note_move(self, names: list[IndexName], keys: list[Key]) -> None:
        """Record that a document appears or disappears at a key of each index."""
        self._moves.append((names, keys))

    def moves(self, name: IndexName, key: Key) -> bool:
        """Return whether a document appeared or disappeared under a whole key of an index, also before a flush."""
        while self._moves:
            self._moved.update((index, held[:-KEY_SUFFIX]) for index, held in zip(*self._moves.pop(), strict=True))
        return (name, key) in self._moved

    def take(self, later: "WriteBuffer") -> None:
        """Add the writes of a later buffer."""
        self._moves += later._moves
        self._moved |= later._moved
        for table, writes in later._tables.items():
            if self._tables.get(table):
                for id, write in writes.items():
                    self.add(table, id, write)
            else:
                self._tables[table] = writes

    def flush(self, rows: Rows, *only: Table) -> None:
        """Send every write to the database, or those to some tables.

        Raises:
            Exception: The error of the database; it is kept in `broken`.
        """
        try:
            for table in only or tuple(self._tables):
                writes = self._tables.pop(table, None)
                if writes:
                    _run(rows, table, writes.items())
        except Exception as error:
            self.broken = error
            raise


def _run(rows: Rows, table: Table, writes: Iterable[tuple[str, PendingWrite]]) -> None:
    deleted: list[tuple[object, ...]] = []
    inserted: list[tuple[object, ...]] = []
    changed: dict[Moved, list[tuple[object, ...]]] = {}
    for id, write in writes:
        document = write.document
        if document is None:
            deleted.append((id,))
        elif write.is_insert:
            inserted.append((id, document.creation_time, write.body, *table.column_values(document)))
        else:
            row = (write.body, *table.column_values(document, write.moved), id)
            changed.setdefault(write.moved, []).append(row)
    if deleted:
        rows.many(deleting(rows.dialect, table), deleted)
    for moved, updated in changed.items():
        rows.many(updating(rows.dialect, table, moved), updated)
    if inserted:
        rows.many(inserting(rows.dialect, table), inserted)
