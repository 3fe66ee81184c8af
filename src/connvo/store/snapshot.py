"""Read documents by id and by index range, at one timestamp, and record the read set."""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Any, Generic

import msgspec

from connvo.kernel.errors import LimitExceeded
from connvo.kernel.keys import KeyPart, part
from connvo.settings import LimitSettings

from .cursors import END, CursorCodec
from .log_reader import LogReader
from .query import Scan, Span, count_sql, get_sql, scan_sql
from .read_set import Range, ReadSet
from .rows import Rows
from .schema import BY_ID, D, Document, Table, table_of
from .statements import Row, Statement
from .text_search import TermQuery, matching
from .unknown_fields import UnknownFields
from .writer_cache import ABSENT, DocumentCache

GROWN = 2  # a page larger than its size times this gets a split cursor
EXAMINED_AT_ONCE = 200
NO_SECRET = b""  # for the server's own loops over a list, whose cursors no client sees


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


class Page(msgspec.Struct, Generic[D], frozen=True):
    """One page of a scan; `cursor` continues it, and is empty once `done`.

    `split` is the cursor of the middle of a page that has grown to more than twice its size. Read as two pages, a
    change at one end leaves the other page untouched.
    """

    items: list[D]
    cursor: str
    done: bool
    split: str | None = None


class Snapshot:
    """Documents at one `timestamp`; all methods are synchronous and record what they read.

    `pages` signs the cursors of the running function. `cache` is an optional cache of documents. `memory` is what this
    node keeps in memory beside the database, by its type; None in a transaction.
    """

    __slots__ = ("rows", "timestamp", "reads", "budget", "pages", "cache", "memory", "_log")

    def __init__(
        self,
        rows: Rows,
        timestamp: int,
        budget: Budget,
        reads: ReadSet | None = None,
        log: LogReader | None = None,
        memory: dict[type, Any] | None = None,
    ) -> None:
        self.rows = rows
        self.timestamp = timestamp
        self.budget = budget
        self.reads = reads
        self.pages: CursorCodec | None = None
        self.cache: DocumentCache | None = None
        self.memory = memory
        self._log = log

    @property
    def log(self) -> LogReader:
        """The commit log in this snapshot."""
        if self._log is None:
            self._log = LogReader(self.rows)
        return self._log

    def get(self, document: type[D], id: str) -> D | None:
        """Return the document with this id, or None; an id of another table is absent.

        Raises:
            LimitExceeded: The call has used up its reads or its time.
        """
        table = table_of(document)
        if self.reads is not None:
            self.reads.add(Range(table.name, BY_ID, (id,)))
        held = self._held(table, document, id)
        return self._get_uncached(table, document, id) if held is None else held

    def get_each(self, document: type[D], ids: Iterable[str]) -> dict[str, D]:
        """Return those documents with these ids that exist, by id. It takes one round trip.

        Raises:
            LimitExceeded: The call has used up its reads or its time.
        """
        table, found, missing = table_of(document), dict[str, D](), list[str]()
        for id in dict.fromkeys(ids):
            if self.reads is not None:
                self.reads.add(Range(table.name, BY_ID, (id,)))
            held = self._held(table, document, id)
            if held is None:
                missing.append(id)
            else:
                found[id] = held
        self.budget.spend_rows(len(missing))
        self._flush_table(table)
        sql = get_sql(self.rows.dialect, table)
        for rows in self.rows.each([(sql, (id,)) for id in missing]):
            for (body,) in rows:
                one = document_in(table, document, body)
                self._cache_read(table, one, body)
                found[one.id] = one
        return found

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

    def scan_each(self, document: type[D], index: str, spans: Sequence[Span]) -> list[list[D]]:
        """Return the documents of each span of an index, in index order. It takes one round trip.

        Raises:
            LimitExceeded: The call has used up its reads or its time.
            TypeError: The index has fewer columns.
        """
        table = table_of(document)
        scans = [Scan.build(table, index, one.prefix, since=one.since, until=one.until) for one in spans]
        self._flush_table(table)
        answers = self.rows.each([self._statement(table, scan) for scan in scans])
        return [self._found(table, document, scan, rows) for scan, rows in zip(scans, answers, strict=True)]

    def first(self, document: type[D], index: str, *prefix: object, reverse: bool = False) -> D | None:
        """Return the first document of an index with this prefix, or None."""
        table, cache = table_of(document), self.cache
        if cache is None or reverse or len(prefix) != len(table.indexes[index]):
            found = self.scan(document, index, *prefix, reverse=reverse, limit=1)
            return found[0] if found else None
        name, key = f"{table.name}/{index}", tuple([part(value) for value in prefix])
        id = cache.first(name, key)
        if id is None:
            id = self._find_first(table, document, Scan(table.name, index, key, None, None, False, 1))
            cache.put_first(name, key, id)
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

    def search(self, document: type[D], index: str, values: Sequence[KeyPart], query: TermQuery, limit: int) -> list[D]:
        """Return the newest documents whose text matches a query and whose first field in an index is one of `values`.

        Raises:
            LimitExceeded: The call has used up its reads or its time.
            TypeError: The table has no text.
        """
        table = table_of(document)
        if table.text is None:
            raise TypeError(f"{table.name} has no text to search")
        if self.reads is not None:
            for value in values:
                self.reads.add(Range(table.name, index, (value,)))
        self._flush_table(table)
        dialect = self.rows.dialect
        rows = self.rows.all(matching(dialect, table), (query.text(dialect), limit))
        self.budget.spend_rows(len(rows))
        wanted = set(values)
        found = [document_in(table, document, body) for (body,) in rows]
        return [one for one in found if table.key(index, one)[0] in wanted]

    def paginate(
        self,
        document: type[D],
        index: str,
        *prefix: object,
        cursor: str | None,
        size: int,
        reverse: bool = False,
        end: str | None = None,
    ) -> Page[D]:
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

    def paginate_matching(
        self,
        document: type[D],
        index: str,
        *prefix: object,
        matching: Callable[[D], bool],
        examined: int,
        cursor: str | None,
        size: int,
        since: object = None,
        until: object = None,
        end: str | None = None,
    ) -> Page[D]:
        """Return a page of at most `size` documents that match, the newest first; look at `examined` at most.

        A page may be short, or empty, and still not be the last one. `since` and `until` bound the column after
        `prefix`.

        Raises:
            Invalid: The cursor belongs to another list.
            LimitExceeded: The call has used up its reads or its time.
        """
        table = table_of(document)
        pages = self.pages or CursorCodec(NO_SECRET, bytes)
        whole = Scan.build(table, index, prefix, since=since, until=until, reverse=True)
        scan = whole.resume(None if cursor is None else pages.decode(whole, cursor))
        stop = pages.end(whole, end)
        found: list[D] = []
        if stop is not None:
            found = [one for one in self._run(table, document, scan.until(stop or None)) if matching(one)]
        at_once = size  # enough where the index serves the whole question
        while stop is None:
            most, at_once = min(examined, at_once), EXAMINED_AT_ONCE
            rows = self._run(table, document, msgspec.structs.replace(scan, limit=most + 1))
            examined -= most
            last: D | None = None
            for last in rows[:most]:
                if matching(last):
                    found.append(last)
                if len(found) == size:
                    break
            if last is None or (len(rows) <= most and last is rows[-1]):
                stop = END
            elif len(found) == size or examined <= 0:
                stop = whole.cursor_after(table, last)
            else:
                scan = scan.resume(whole.cursor_after(table, last))
        pages.keep(whole, stop)
        return Page(found, "" if stop == END else pages.encode(whole, stop), stop == END)

    def fork(self, reads: ReadSet, budget: Budget) -> "Snapshot":
        """Return a snapshot of the same documents with its own read set and budget."""
        forked = Snapshot(self.rows, self.timestamp, budget, reads, memory=self.memory)
        forked.cache = self.cache
        return forked

    def _run(self, table: Table, document: type[D], scan: Scan) -> list[D]:
        self._flush_table(table)
        return self._found(table, document, scan, self.rows.all(*self._statement(table, scan)))

    def _found(self, table: Table, document: type[D], scan: Scan, rows: list[Row]) -> list[D]:
        """Return the documents in the rows of a scan, and record that it was read."""
        decoded = [document_in(table, document, body) for (body,) in rows]
        if self.reads is not None:
            full = scan.limit is not None and len(decoded) >= scan.limit
            self.reads.add(scan.range(last=table.key(scan.index, decoded[-1]) if full and decoded else None))
        self.budget.spend_rows(len(rows))
        return decoded

    def _find_first(self, table: Table, document: type[D], scan: Scan) -> str:
        """Return the id of the first document of a scan and cache the document, or return `ABSENT`."""
        rows = self.rows.all(*self._statement(table, scan))
        self.budget.spend_rows(len(rows))
        if not rows:
            return ABSENT
        found = document_in(table, document, rows[0][0])
        self._cache_read(table, found, rows[0][0])
        return found.id

    def _get_uncached(self, table: Table, document: type[D], id: str) -> D | None:
        """Read a document that is not in the cache, and cache it."""
        self.budget.spend_rows(1)
        rows = self.rows.all(get_sql(self.rows.dialect, table), (id,))
        if not rows:
            return None
        body = rows[0][0]
        found = document_in(table, document, body)
        self._cache_read(table, found, body)
        return found

    def _cache_read(self, table: Table, found: Document, body: str) -> None:
        if self.cache is not None:
            self.cache.put_read(table, found, body)

    def _flush_table(self, table: Table) -> None:
        """Send buffered writes to a table before a range of it is read; a plain snapshot has none."""

    def _statement(self, table: Table, scan: Scan) -> Statement:
        sql, parameters = scan_sql(self.rows.dialect, table, scan)
        budget = self.budget.rows + 1
        return sql, (*parameters, budget if scan.limit is None else min(scan.limit, budget))

    def _held(self, table: Table, document: type[D], id: str) -> D | None:
        """Return a document from the cache, or None."""
        held = None if self.cache is None else self.cache.get(table, id)
        if isinstance(held, (str, UnknownFields)):
            return document_in(table, document, held if isinstance(held, str) else held.body)
        return held  # type: ignore[return-value]


def document_in(table: Table, document: type[D], body: str) -> D:
    """Return the document of a table in a stored body."""
    found: D = table.decoder.decode(body)  # type: ignore[assignment]
    return found
