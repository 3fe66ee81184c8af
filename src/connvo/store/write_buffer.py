"""Writes that the database has not been told yet: of every document its newest state, once.

A document that is written again and again within one commit costs one statement, and many documents of a table go
in one call. Whoever asks the database for a range of a table has to flush that table before.
"""

from collections.abc import Iterable

from connvo.kernel.keys import Key

from .query import deleting, inserting, updating
from .schema import KEY_SUFFIX, Document, Table
from .snapshot import Rows

Moved = tuple[str, ...]


class PendingWrite:
    """What becomes of one document; None: it goes. `fresh`: it is new there. `moved`: indexed fields that changed."""

    __slots__ = ("document", "body", "fresh", "moved")

    def __init__(self, document: Document | None, body: str = "", is_insert: bool = False, moved: Moved = ()) -> None:
        self.document = document
        self.body = body
        self.fresh = is_insert
        self.moved = moved

    def then(self, later: "PendingWrite", table: Table) -> "PendingWrite | None":
        """Return both as one; None when together they come to nothing."""
        if later.document is None:
            return None if self.fresh else later
        if self.document is None:
            return PendingWrite(later.document, later.body, moved=table.columns)
        moved = self.moved + tuple([name for name in later.moved if name not in self.moved])
        return PendingWrite(later.document, later.body, self.fresh, moved)


class WriteBuffer:
    """Writes by table and id. `broken` is why the database would not take them: none may then be relied on."""

    __slots__ = ("_tables", "_moves", "_moved", "broken")

    def __init__(self) -> None:
        self._tables: dict[Table, dict[str, PendingWrite]] = {}
        self._moves: list[tuple[list[str], list[Key]]] = []
        self._moved: set[tuple[str, Key]] = set()
        self.broken: Exception | None = None

    def __contains__(self, table: Table) -> bool:
        return bool(self._tables.get(table))

    def find(self, table: Table, id: str) -> PendingWrite | None:
        """Return what becomes of a document, or None when nothing does."""
        held = self._tables.get(table)
        return None if held is None else held.get(id)

    def add(self, table: Table, id: str, write: PendingWrite) -> None:
        """Note a write, which follows those that are noted."""
        held = self._tables.setdefault(table, {})
        earlier = held.get(id)
        whole = write if earlier is None else earlier.then(write, table)
        if whole is None:
            del held[id]
        else:
            held[id] = whole

    def note_move(self, places: list[str], keys: list[Key]) -> None:
        """Note that a document comes or go at a key of each index."""
        self._moves.append((places, keys))

    def moves(self, place: str, key: Key) -> bool:
        """Return whether a document comes or go under a whole key of an index, or did before a flush."""
        while self._moves:
            self._moved.update((name, held[:-KEY_SUFFIX]) for name, held in zip(*self._moves.pop(), strict=True))
        return (place, key) in self._moved

    def take(self, later: "WriteBuffer") -> None:
        """Add the writes of a later draft."""
        self._moves += later._moves
        self._moved |= later._moved
        for table, writes in later._tables.items():
            if self._tables.get(table):
                for id, write in writes.items():
                    self.add(table, id, write)
            else:
                self._tables[table] = writes

    def flush(self, rows: Rows, *only: Table) -> None:
        """Tell the database of every write, or of those to some tables. Raises what the database raises."""
        try:
            for table in only or tuple(self._tables):
                writes = self._tables.pop(table, None)
                if writes:
                    _run(rows, table, writes.items())
        except Exception as error:
            self.broken = error
            raise


def _run(rows: Rows, table: Table, writes: Iterable[tuple[str, PendingWrite]]) -> None:
    gone: list[tuple[object, ...]] = []
    new: list[tuple[object, ...]] = []
    changed: dict[Moved, list[tuple[object, ...]]] = {}
    for id, write in writes:
        document = write.document
        if document is None:
            gone.append((id,))
        elif write.fresh:
            new.append((id, document.creation_time, write.body, *table.column_values(document)))
        else:
            row = (write.body, *table.column_values(document, write.moved), id)
            changed.setdefault(write.moved, []).append(row)
    if gone:
        rows.many(deleting(rows.dialect, table), gone)
    for moved, found in changed.items():
        rows.many(updating(rows.dialect, table, moved), found)
    if new:
        rows.many(inserting(rows.dialect, table), new)
