"""What is stored of a long history of notes: a real one ten times over, at five edits a second of its own clock."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from time import process_time

from connvo.kernel import clock
from connvo.rules.notes.operation import Change, Operation
from connvo.runtime.services import Runtime
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import NoteOperation, NotePack
from connvo.store.sqlite.engine import SqliteEngine
from tests.support.notes.traces import final_text, flat

from .figures import RATIO, Figure, figure
from .notes import OPEN_TARGET, ROUNDS, Typist, bytes_to_open, changes_of, opened
from .probe import timed
from .world import REGISTRY, call, database, generous_settings, make_pairs

COPIES = 10
SECONDS_PER_EDIT = 0.2
# Jobs run this often: snapshots are due every 200 operations.
JOBS_EVERY = 200
PACKED_AFTER_SECONDS = 3 * 3600.0
SAMPLE = 10_000
GROWTH_TARGET, OPEN_BYTES_TARGET = 1.2, 60.0
US, MB, KB = 1e6, 1e6, 1e3
NS_PER_SECOND = 1e9


def measure(folder: Path) -> list[Figure]:
    """Returns the bytes that are stored, and what the length of the history costs.

    Raises:
        ValueError: The text is not that of the history.
    """
    own = folder / "packing"
    own.mkdir(parents=True)
    # Only sizes and processor time are measured, so no commit waits for the disk.
    with timed(durable=False):
        return asyncio.run(_history(own))


class Hours:
    """A clock that passes as it is told to."""

    def __init__(self) -> None:
        self._now = clock.now_ns()

    def __call__(self) -> int:
        return self._now

    def pass_by(self, seconds: float) -> None:
        """Lets time pass."""
        self._now += int(seconds * NS_PER_SECOND)


async def _history(folder: Path) -> list[Figure]:
    hours = Hours()
    engine = SqliteEngine(database(folder), now_ns=hours)
    runtime = Runtime(REGISTRY, engine, generous_settings())
    await engine.open()
    await runtime.start(run_jobs=False)
    try:
        (pair,) = await make_pairs(runtime, 1)
        typist = Typist(runtime, pair)
        times = await _written(runtime, typist, hours)
        hours.pass_by(PACKED_AFTER_SECONDS)
        await runtime.scheduler.settle()
        meeting = MeetingId(pair.meeting)
        packs = await engine.read(lambda db: db.scan(NotePack, "by_last", meeting))
        rows = await engine.read(lambda db: db.scan(NoteOperation, "by_sequence", meeting))
        text = (await call(runtime, "notes/queries:getMeetingNotes", pair.reader.identity, meetingId=meeting))[
            "content"
        ]
        if text != final_text() * COPIES:
            raise ValueError("the text is another one")
        opening = [await opened(runtime, pair) for _ in range(ROUNDS)]
        beside = await bytes_to_open(runtime, pair)
    finally:
        await runtime.stop()
        await engine.close()
    return [
        figure("packing: edits in packs", [sum(pack.last - pack.first + 1 for pack in packs)], ""),
        figure("  their bytes", [sum(len(pack.data) for pack in packs) / MB], " MB"),
        figure("  edits in rows", [len(rows)], ""),
        figure("  database, with everything", [_compact(folder) / MB], " MB"),
        figure("packing: open after 260,000 edits", opening, " ms", "<=", OPEN_TARGET),
        figure("packing: bytes beside the text then", [beside / KB], " kB", "<=", OPEN_BYTES_TARGET),
        figure("packing: last 10,000 edits / first", [times[-1] / times[0]], RATIO, "<=", GROWTH_TARGET),
        figure("  processor time of an edit", [one * US for one in times], " us"),
    ]


async def _written(runtime: Runtime, typist: Typist, hours: Hours) -> list[float]:
    """Returns the processor time of an edit, for each 10,000."""
    times: list[float] = []
    spent: list[float] = []
    for operation in _long_history():
        began = process_time()
        await typist.send(changes_of(operation))
        spent.append(process_time() - began)
        hours.pass_by(SECONDS_PER_EDIT)
        if typist.sequence % JOBS_EVERY == 0:
            await runtime.scheduler.settle()
        if len(spent) == SAMPLE:
            times.append(mean(spent))
            spent.clear()
    return times


def _long_history() -> Iterator[Operation]:
    """Yields the history so many times, each behind the text of the one before."""
    length = len(final_text())
    for copy in range(COPIES):
        for operation in flat():
            yield tuple(Change(one.position + copy * length, one.length, one.content) for one in operation)


def _compact(folder: Path) -> int:
    """Returns the bytes of the database without its free pages."""
    copy = folder / "compact.db"
    connection = sqlite3.connect(database(folder))
    connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    return copy.stat().st_size
