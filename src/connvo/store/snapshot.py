"""Read documents by id and by index range, at one timestamp, and record the read set."""

from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol, cast

import msgspec

from connvo.kernel.errors import LimitExceeded
from connvo.kernel.keys import part
from connvo.settings import LimitSettings

from .commit_log import Commit, decode_keys
from .cursors import END, CursorCodec
from .query import Dialect, Scan, count_sql, get_sql, scan_sql
from .read_set import Range, ReadSet
from .schema import BY_ID, D, Document, Table, table_of
from .statements import BatchStatement
from .unknown_fields import UnknownFields
from .writer_cache import ABSENT, DocumentCache

GROWN = 2  # a page larger than its size times this gets a split cursor
NO_SECRET = b""  # for the server's own loops over a list, whose cursors no client sees


class Rows(Protocol):
    """One database connection inside a transaction."""

    @property
    def dialect(self) -> Dialect:
        """The SQL dialect of this database."""
        ...

    def all(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return every row."""
        ...

    def run(self, sql: str, parameters: tuple[Any, ...]) -> int:
        """Run a statement; return the number of rows changed."""
        ...

    def many(self, statement: BatchStatement, rows: list[tuple[Any, ...]]) -> None:
        """Write rows."""
        ...


class Budget(msgspec.Struct):
    """The reads and writes left to one run, and its deadline in monotonic seconds."""

    rows: int
    writes: int
    deadline: float

    @classmethod
    def of(cls, limits: LimitSettings) -> "Budget":
        """Return the budget of a call that starts now."""
        return cls(limits.rows_read, limits.rows_written, monotonic() + limits.run_seconds)

    def spend_rows(self, count: int) -> None:
        """Count rows read.

        Raises:
            LimitExceeded: The run has read too many rows or used up its time.
        """
        self.rows -= count
        if self.rows < 0:
            raise LimitExceeded("The function read more documents than one call may")
        self.check_time()

    def spend_write(self) -> None:
        """Count a document written.

        Raises:
            LimitExceeded: The run has written too many documents or used up its time.
        """
        self.writes -= 1
        if self.writes < 0:
            raise LimitExceeded("The function wrote more documents than one call may")
        self.check_time()

    def check_time(self) -> None:
        """Check the deadline.

        Raises:
            LimitExceeded: The run has used up its time.
        """
        if monotonic() > self.deadline:
            raise LimitExceeded("The function ran longer than one call may")


class Page(msgspec.Struct, frozen=True):
    """One page of a scan; `cursor` continues it, and is empty once `done`.

    `split` is the cursor of the middle of a page that has grown to more than twice its size. Read as two pages, a
    change at one end leaves the other page untouched.
    """

    items: list[Any]
    cursor: str
    done: bool
    split: str | None = None


class Snapshot:
    """Documents at one `timestamp`; all methods are synchronous and record what they read.

    `pages` signs the cursors of the running function. `recall` is an optional cache of documents. `recent` are cached
    commits by position, and `newest` is the position of the newest commit, if known.
    """

    __slots__ = ("rows", "timestamp", "reads", "budget", "pages", "recall", "_recent", "_newest")

    def __init__(
        self,
        rows: Rows,
        timestamp: int,
        budget: Budget,
        reads: ReadSet | None = None,
        recent: Mapping[int, Commit] | None = None,
        newest: int | None = None,
    ) -> None:
        self.rows = rows
        self.timestamp = timestamp
        self.budget = budget
        self.reads = reads
        self.pages: CursorCodec | None = None
        self.recall: DocumentCache | None = None
        self._recent = recent or {}
        self._newest = newest

    def get(self, document: type[D], id: str) -> D | None:
        """Return the document with this id, or None; an id of another table is absent.

        Raises:
            LimitExceeded: The call has used up its reads or its time.
        """
        table = table_of(document)
        if self.reads is not None:
            self.reads.add(Range(table.name, BY_ID, (id,)))
        held = None if self.recall is None else self.recall.get(table, id)
        if held is None:
            return self._get_uncached(table, document, id)
        if isinstance(held, (str, UnknownFields)):
            return self._decode(table, document, held if isinstance(held, str) else held.body)
        return held  # type: ignore[return-value]

    def scan(
        self,
        document: type[D],
        index: str,
        *prefix: object,
        after: object = None,
        since: object = None,
        before: object = None,
        until: object = None,
        reverse: bool = False,
        limit: int | None = None,
    ) -> list[D]:
        """Return the documents of an index whose first columns equal `prefix`, in index order.

        The bounds apply to the next column: `after` and `before` exclude the value itself, `since` and `until` include
        it. Without `limit` the row budget of the call is the limit.

        Raises:
            LimitExceeded: The call has used up its reads or its time.
            TypeError: The index has fewer columns.
        """
        table = table_of(document)
        scan = Scan.build(table, index, prefix, after, since, before, until, reverse, limit)
        return self._run(table, document, scan)

    def first(self, document: type[D], index: str, *prefix: object, reverse: bool = False) -> D | None:
        """Return the first document of an index with this prefix, or None."""
        table, recall = table_of(document), self.recall
        if recall is None or reverse or len(prefix) != len(table.indexes[index]):
            found = self.scan(document, index, *prefix, reverse=reverse, limit=1)
            return found[0] if found else None
        place, key = f"{table.name}/{index}", tuple([part(value) for value in prefix])
        id = recall.first(place, key)
        if id is None:
            id = self._find_first(table, document, Scan(table.name, index, key, None, None, False, 1))
            recall.put_first(place, key, id)
        first = self.get(document, id) if id else None
        if self.reads is not None:
            upper = None if first is None else (table.key(index, first)[len(key) :], True)
            self.reads.add(Range(table.name, index, key, upper=upper))
        return first

    def count(self, document: type[Document], index: str, *prefix: object, limit: int) -> int:
        """Return how many documents have this prefix, counting up to `limit`."""
        table = table_of(document)
        scan = Scan.build(table, index, prefix, limit=limit)
        if self.reads is not None:
            self.reads.add(scan.range())
        self.budget.check_time()
        self._flush_table(table)
        sql, parameters = count_sql(self.rows.dialect, table, scan)
        return int(self.rows.all(sql, parameters)[0][0])

    def paginate(
        self,
        document: type[D],
        index: str,
        *prefix: object,
        cursor: str | None,
        size: int,
        reverse: bool = False,
        end: str | None = None,
    ) -> Page:
        """Return a page of at most `size` documents, or all up to the cursor `end`.

        When a live query runs again, its page ends where it ended before.

        Raises:
            Invalid: The cursor belongs to another list.
            LimitExceeded: The call has used up its reads or its time.
        """
        table = table_of(document)
        pages = self.pages or CursorCodec(NO_SECRET, bytes)
        whole = Scan.build(table, index, prefix, reverse=reverse)
        scan = whole.resume(None if cursor is None else pages.decode(whole, cursor))
        stop = pages.end(whole, end)
        if stop is None:
            found = self._run(table, document, msgspec.structs.replace(scan, limit=size + 1))
            stop = END if len(found) <= size else whole.cursor_after(table, found[size - 1])
            found = found[:size]
        else:
            found = self._run(table, document, scan.until(stop or None))
        pages.keep(whole, stop)
        done = stop == END
        split = None
        if len(found) > GROWN * size:
            split = pages.encode(whole, whole.cursor_after(table, found[len(found) // 2]))
        return Page(found, "" if done else pages.encode(whole, stop), done, split)

    def fork(self, reads: ReadSet, budget: Budget) -> "Snapshot":
        """Return a snapshot of the same documents with its own read set and budget."""
        forked = Snapshot(self.rows, self.timestamp, budget, reads)
        forked.recall = self.recall
        return forked

    def sequence(self) -> int:
        """Return the position of the newest commit in this snapshot."""
        if self._newest is None:
            self.check()
        return cast(int, self._newest)

    def check(self) -> None:
        """Read the position of the newest commit, which fails if the snapshot can no longer be read."""
        self._newest = int(self.rows.all("SELECT seq FROM _clock", ())[0][0])

    def remembers(self, ts: int) -> bool:
        """Return whether the log reaches back to a timestamp; erasing a person cuts it off."""
        first = self.rows.all("SELECT seq, ts FROM _log ORDER BY seq LIMIT 1", ())
        if not first:
            return self.sequence() == 0
        seq, oldest = first[0]
        return bool(seq == 1 or oldest <= ts)

    def commits(self, after_seq: int, limit: int) -> list[Commit]:
        """Return the commits of this snapshot after a position of the log, oldest first."""
        known = self._known(after_seq, limit)
        if known is not None:
            return known
        mark = self.rows.dialect.placeholder
        sql = f"SELECT seq, ts, keys FROM _log WHERE seq > {mark} ORDER BY seq LIMIT {mark}"
        return [Commit(seq, ts, decode_keys(keys)) for seq, ts, keys in self.rows.all(sql, (after_seq, limit))]

    def _known(self, after_seq: int, limit: int) -> list[Commit] | None:
        if after_seq + 1 not in self._recent:
            return None
        last = min(self.sequence(), after_seq + limit)
        found = [self._recent.get(seq) for seq in range(after_seq + 1, last + 1)]
        return None if None in found else cast(list[Commit], found)

    def _run(self, table: Table, document: type[D], scan: Scan) -> list[D]:
        self._flush_table(table)
        rows = self._rows(table, scan)
        decoded = [self._decode(table, document, body) for (body,) in rows]
        if self.reads is not None:
            full = scan.limit is not None and len(decoded) >= scan.limit
            self.reads.add(scan.range(last=table.key(scan.index, decoded[-1]) if full and decoded else None))
        self.budget.spend_rows(len(rows))
        return decoded

    def _find_first(self, table: Table, document: type[D], scan: Scan) -> str:
        """Return the id of the first document of a scan and cache the document, or return `ABSENT`."""
        rows = self._rows(table, scan)
        self.budget.spend_rows(len(rows))
        if not rows:
            return ABSENT
        found = self._decode(table, document, rows[0][0])
        self._cache_read(table, found, rows[0][0])
        return found.id

    def _get_uncached(self, table: Table, document: type[D], id: str) -> D | None:
        """Read a document that is not in the cache, and cache it."""
        self.budget.spend_rows(1)
        body = self._body(table, id)
        if body is None:
            return None
        found = self._decode(table, document, body)
        self._cache_read(table, found, body)
        return found

    def _cache_read(self, table: Table, found: Document, body: Any) -> None:
        if self.recall is not None:
            self.recall.put_read(table, found, body)

    def _flush_table(self, table: Table) -> None:
        """Send buffered writes to a table before a range of it is read; a plain snapshot has none."""

    def _body(self, table: Table, id: str) -> Any:
        found = self.rows.all(get_sql(self.rows.dialect, table), (id,))
        return found[0][0] if found else None

    def _rows(self, table: Table, scan: Scan) -> list[tuple[Any, ...]]:
        sql, parameters = scan_sql(self.rows.dialect, table, scan)
        budget = self.budget.rows + 1
        return self.rows.all(sql, (*parameters, budget if scan.limit is None else min(scan.limit, budget)))

    def _decode(self, table: Table, document: type[D], body: Any) -> D:
        decoded: D = table.decoder.decode(body)  # type: ignore[assignment]
        return decoded
