"""Export of the audit trail as a stream: JSON Lines with the exact bytes that the seals cover, CSV, or OCSF events."""

from collections.abc import AsyncIterator, Callable

from connvo.model.audit.export_lines import Ending, Format, heading, line_of, sources_of
from connvo.schema.audit import AuditLog, AuditSeal, AuditSource
from connvo.store.engine import Engine, SnapshotHandle
from connvo.store.snapshot import Snapshot

ROWS_AT_ONCE = 500


async def export(
    engine: Engine,
    format: Format,
    since: float | None,
    until: float | None,
    version: str,
    write: Callable[[bytes], object],
) -> int:
    """Write the rows from `since` to `until` (ms, both included), oldest first; return their number.

    Raises:
        OSError: The stream cannot be written.
        StoreError: The database cannot be read.
    """
    count = 0
    async with engine.snapshot() as snapshot:
        write(heading(format))
        async for rows, sources in _pages(snapshot, since, until):
            for row in rows:
                write(line_of(format, row, sources, version))
            count += len(rows)
        if format == "jsonl":
            first, last, head = await _seals_of(snapshot, since, until)
            write(Ending(rows=count, first_seal=first, last_seal=last, head=head).line())
    return count


async def _pages(
    snapshot: SnapshotHandle, since: float | None, until: float | None
) -> AsyncIterator[tuple[list[AuditLog], dict[str, AuditSource]]]:
    at_edge: set[str] = set()
    while True:
        rows, sources = await snapshot.run(lambda db: _page(db, since, until))  # noqa: B023
        fresh = [row for row in rows if row.id not in at_edge]
        if fresh:
            yield fresh, sources
        if len(rows) < ROWS_AT_ONCE:
            return
        since = rows[-1].creation_time
        at_edge = {row.id for row in rows if row.creation_time == since}


def _page(db: Snapshot, since: float | None, until: float | None) -> tuple[list[AuditLog], dict[str, AuditSource]]:
    rows = db.scan(AuditLog, "by_creation", since=since, until=until, limit=ROWS_AT_ONCE)
    return rows, sources_of(db, rows)


async def _seals_of(
    snapshot: SnapshotHandle, since: float | None, until: float | None
) -> tuple[int | None, int | None, str]:
    """Return the first and the last seal with rows of a time, and the newest one as `number:hash`."""
    first: int | None = None
    last: int | None = None
    newest: AuditSeal | None = None
    while True:
        after = 0 if newest is None else newest.number
        found = await snapshot.run(lambda db: db.scan(AuditSeal, "by_number", after=after, limit=ROWS_AT_ONCE))  # noqa: B023
        for seal in found:
            newest = seal
            is_before = since is not None and seal.last_at < since
            if is_before or (until is not None and seal.first_at > until) or seal.pruned_at is not None:
                continue
            first, last = first or seal.number, seal.number
        if len(found) < ROWS_AT_ONCE:
            return first, last, "" if newest is None else f"{newest.number}:{newest.hash}"
