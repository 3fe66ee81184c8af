"""Run the store on one SQLite file: one writer, group commit, `synchronous=FULL`.

Functions run on the event loop's thread, where a read costs microseconds. Only the commit, which waits for the disk,
runs in a thread. Mutations that arrive meanwhile form the next group, see `group_commit.py`.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from connvo.kernel import clock
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.engine import StoreUnavailable
from connvo.store.engine_base import EngineBase, check_unchanged
from connvo.store.log_reader import LogReader
from connvo.store.migrations import stored_secret
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Budget, Snapshot

from .database_file import HELD_CACHE_KIB, PIN_CACHE_KIB, DatabaseFile, begin_snapshot, make_durable
from .group_commit import GroupCommit
from .migrations import SqliteCatalog, migrate, pending_at
from .readers import Readers
from .rows import FAULTS_OF_THE_CALLER, SqliteRows
from .scrub import scrub
from .write_ahead_log import WriteAheadLog
from .writer import Writer

T = TypeVar("T")
# The time in which every waiting person gets a turn, as far as that many mutations can run in it.
ROUND_SECONDS = 0.02


class SqliteSnapshot:
    """One snapshot for several reads in a row; it begins with the first of them."""

    def __init__(self, begin: Callable[[], Snapshot]) -> None:
        self._begin = begin
        self._snapshot: Snapshot | None = None

    async def run(self, work: Callable[[Snapshot], T]) -> T:
        """Run `work` on the snapshot and return its result, without waiting."""
        if self._snapshot is None:
            self._snapshot = self._begin()
        return work(self._snapshot)


class SqliteEngine(EngineBase[sqlite3.Connection]):
    """The engine on one SQLite file."""

    distant = False

    def __init__(
        self,
        path: Path,
        limits: LimitSettings | None = None,
        store: StoreSettings | None = None,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self._file = DatabaseFile(path)
        super().__init__(limits, store, self._file.begin_pinned, ROUND_SECONDS)
        self._now_ns = now_ns
        self._writer = Writer(self._limits, self._store, now_ns, lambda: self._floor)
        self._log = WriteAheadLog(path, self._store.wal_bytes)
        self._groups = GroupCommit(self._queue, self._writer, self._log, self._pins, self._store, self._finish)
        self._readers = Readers(partial(self._file.connect, HELD_CACHE_KIB))
        self._connections = ExitStack()

    async def pending(self) -> list[str]:
        """Return the statements by which `open` would change the schema.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        return pending_at(self._file.path)

    async def open(self) -> None:
        """Open and migrate the database.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        try:
            self._file.create()
            with ExitStack() as opened:
                writing = opened.enter_context(closing(self._file.connect()))
                make_durable(writing)
                self._log.prepare(writing)
                migrate(writing)
                self._writer.open(writing)
                self._reader = opened.enter_context(closing(self._file.connect()))
                self._secret = stored_secret(SqliteCatalog(self._reader))
                self._connections = opened.pop_all()
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"cannot use the database {self._file.path}: {error}") from error
        self._queue.open()

    def now_ns(self) -> int:
        """Return the wall time of this machine, the only node of this database."""
        return self._now_ns()

    async def close(self) -> None:
        """Finish the queued mutations and close."""
        await self._end()
        self._groups.close()
        self._readers.close()
        self._connections.close()

    async def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Run `work` on the newest snapshot, or on the one at timestamp `at`.

        A snapshot that is not pinned is read from the newest one, provided that nothing `work` read has changed since.

        Raises:
            SnapshotAhead: The timestamp is in the future.
            SnapshotGone: The snapshot is no longer kept, and something that was read has changed.
            StoreUnavailable: The database cannot be reached.
        """
        try:
            pinned = None if at is None else self._pins.at(at)
            if at is not None and pinned is not None:
                return work(Snapshot(SqliteRows(pinned), at, Budget.of(self._limits), reads, memory=self._memory))
            seen = reads if reads is not None or at is None else ReadSet()
            snapshot = self._begin_reading(self._reader, seen)
            value = work(snapshot)
            if at is not None and seen is not None:
                check_unchanged(snapshot, at, seen)
            return value
        except FAULTS_OF_THE_CALLER:
            raise
        except sqlite3.Error as error:
            raise _read_error(error) from error
        finally:
            if self._reader.in_transaction:
                self._reader.execute("ROLLBACK")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[SqliteSnapshot]:
        """Yield the newest snapshot, for several reads; it begins with the first of them.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        try:
            async with self._readers.taken() as connection:
                yield SqliteSnapshot(lambda: self._begin_reading(connection))
        except FAULTS_OF_THE_CALLER:
            raise
        except sqlite3.Error as error:
            raise _read_error(error) from error

    async def _pin(self, owner: str, only: int | None) -> int:
        try:
            return self._pins.take(owner, only)
        except sqlite3.Error as error:
            raise _read_error(error) from error

    async def _scrub_files(self) -> bool:
        return await asyncio.to_thread(scrub, self._file.connect(PIN_CACHE_KIB))

    def _begin_reading(self, connection: sqlite3.Connection, reads: ReadSet | None = None) -> Snapshot:
        rows, ts = SqliteRows(connection), begin_snapshot(connection)
        log = LogReader(rows, self._writer.recent)
        return Snapshot(rows, ts, Budget.of(self._limits), reads, log, self._memory)

    def _run_group(self) -> None:
        self._groups.run()


def _read_error(error: sqlite3.Error) -> StoreUnavailable:
    return StoreUnavailable(f"the database cannot be read: {error}")
