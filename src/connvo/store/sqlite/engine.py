"""Run the store on one SQLite file: one writer, group commit, `synchronous=FULL`.

Functions run on the event loop's thread, where a read costs microseconds. Only the commit, which waits for the disk,
runs in a thread. Mutations that arrive meanwhile form the next group: one transaction whose writes reach the database
together, answered after its one fsync. Errors of mutations are answered then too, because they may depend on the
uncommitted writes of an earlier mutation of the group.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

import structlog

from connvo.kernel import clock
from connvo.kernel.fair_queue import FairQueue
from connvo.kernel.private_files import close_to_others, create_private, is_open_to_others
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.commit_log import Commit, encode_keys
from connvo.store.engine import Committed, StoreUnavailable
from connvo.store.engine_base import EngineBase, Job, check_unchanged
from connvo.store.log_retention import LogRetention
from connvo.store.query import logging
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot
from connvo.store.snapshot_pool import SnapshotPool
from connvo.store.transaction import Transaction
from connvo.store.write_buffer import WriteBuffer
from connvo.store.writer_cache import WriterCache

from .migrations import get_meta, migrate, pending_at
from .readers import Readers
from .rows import SqliteRows
from .scrub import scrub
from .write_ahead_log import WriteAheadLog

T = TypeVar("T")
log = structlog.get_logger()
FOLDER_MODE = 0o700
SIDE_FILES = ("-wal", "-shm", "-journal")
BUSY_SECONDS = 5.0
RETRY_SECONDS = 0.01
# An extended result code holds the primary one in its low byte.
PRIMARY_CODE = 0xFF
CACHED_STATEMENTS = 512
# The time in which every waiting person gets a turn, as far as that many mutations can run in it.
ROUND_SECONDS = 0.02
CACHE_KIB, HELD_CACHE_KIB, PIN_CACHE_KIB = 32 * 1024, 8 * 1024, 1024

# Errors caused by the caller's statement; every other error concerns the database itself.
FAULTS_OF_THE_CALLER = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.NotSupportedError,
    sqlite3.ProgrammingError,
)


class Group:
    """Mutations that share one commit; `answers` has one entry per job, sent after that commit."""

    __slots__ = ("jobs", "buffer", "answers", "commits")

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.buffer = WriteBuffer()
        self.answers: list[Any] = []
        self.commits: list[Commit] = []


class HeldSnapshot:
    """One snapshot for several reads in a row; it begins with the first of them."""

    def __init__(self, begin: Callable[[], Snapshot]) -> None:
        self._begin = begin
        self._snapshot: Snapshot | None = None

    async def run(self, work: Callable[[Snapshot], T]) -> T:
        """Run `work` on the snapshot and return its result, without waiting."""
        if self._snapshot is None:
            self._snapshot = self._begin()
        return work(self._snapshot)


class SqliteEngine(EngineBase):
    """The engine on one SQLite file."""

    distant = False

    def __init__(
        self,
        path: Path,
        limits: LimitSettings | None = None,
        store: StoreSettings | None = None,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        super().__init__(limits, store)
        self._queue = FairQueue(ROUND_SECONDS)
        self.path = path
        self._now_ns = now_ns
        self._cache = WriterCache()
        self._retention = LogRetention(self._store.log_retention_seconds, now_ns)
        self._recent: dict[int, Commit] = {}
        self._data_version = -1
        self._retried_alone: asyncio.Future[Any] | None = None
        self._individual_runs_left = 0  # mutations still to run one by one, because their group failed
        self._committer = ThreadPoolExecutor(1, "connvo-commit")
        self._pins = SnapshotPool(self._open_snapshot, self._store)
        self._wal = WriteAheadLog(path, self._store.wal_bytes)
        self._readers = Readers(partial(self._connect, HELD_CACHE_KIB))
        self._connections = ExitStack()

    async def pending(self) -> list[str]:
        """Return the statements by which `open` would change the schema.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        return pending_at(self.path)

    async def open(self) -> None:
        """Open and migrate the database.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        try:
            self.path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            self._restrict_files()
            with ExitStack() as opened:
                self._writer = opened.enter_context(closing(self._connect()))
                _enable_write_ahead_log(self._writer)
                self._writer.execute("PRAGMA synchronous = FULL")
                self._wal.prepare(self._writer)
                migrate(self._writer)
                self._reader = opened.enter_context(closing(self._connect()))
                self._secret = bytes.fromhex(get_meta(self._reader, "secret") or "")
                self._connections = opened.pop_all()
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"cannot use the database {self.path}: {error}") from error
        self._loop = asyncio.get_running_loop()

    def now_ns(self) -> int:
        """Return the wall time of this machine, the only node of this database."""
        return self._now_ns()

    def _restrict_files(self) -> None:
        """Restrict the files to their owner before anything is written; SQLite creates its other files alike."""
        create_private(self.path)
        for suffix in SIDE_FILES:
            close_to_others(self.path.with_name(self.path.name + suffix))
        if is_open_to_others(self.path.parent):
            log.warning("data_folder_open_to_others", advice="chmod 700 the data folder")

    async def close(self) -> None:
        """Finish the queued mutations and close."""
        await self._idle.wait()
        self._committer.shutdown()
        self._close_pins()
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
                return work(Snapshot(SqliteRows(pinned), at, self._budget(), reads))
            seen = reads if reads is not None or at is None else ReadSet()
            snapshot = self._begin_reading(seen)
            value = work(snapshot)
            if at is not None and seen is not None:
                check_unchanged(snapshot, at, seen)
            return value
        except FAULTS_OF_THE_CALLER:
            raise
        except sqlite3.Error as error:
            raise _read_error(error) from error
        finally:
            self._end_reading()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["HeldSnapshot"]:
        """Yield the newest snapshot, for several reads; it begins with the first of them.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        try:
            async with self._readers.taken() as connection:
                yield HeldSnapshot(lambda: self._snapshot_on(connection))
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
        return await self._loop.run_in_executor(None, scrub, self._connect(PIN_CACHE_KIB))

    def _connect(self, cache_kib: int = CACHE_KIB) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        connection.execute("PRAGMA secure_delete = ON")  # overwrite deleted data
        return connection

    def _open_snapshot(self) -> tuple[int, sqlite3.Connection]:
        connection = self._connect(PIN_CACHE_KIB)
        connection.execute("BEGIN")
        return int(connection.execute("SELECT ts FROM _clock").fetchone()[0]), connection

    def _begin_reading(self, reads: ReadSet | None = None) -> Snapshot:
        return self._snapshot_on(self._reader, reads)

    def _snapshot_on(self, connection: sqlite3.Connection, reads: ReadSet | None = None) -> Snapshot:
        connection.execute("BEGIN")
        ts = int(connection.execute("SELECT ts FROM _clock").fetchone()[0])
        return Snapshot(SqliteRows(connection), ts, self._budget(), reads, self._recent)

    def _end_reading(self) -> None:
        if self._reader.in_transaction:
            self._reader.execute("ROLLBACK")

    def _run_group(self) -> None:
        """Run queued mutations in one transaction and hand its commit to the thread."""
        group = Group()
        self._pins.expire()
        if self._wal.too_large:
            self._pins.bar()
        else:
            self._pins.admit()
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            self._notice_other_writers()
            seq, ts = self._writer.execute("SELECT seq, ts FROM _clock").fetchone()
            until = monotonic() + self._store.group_seconds
            most = 1 if self._individual_runs_left else self._store.group_size
            self._individual_runs_left = max(self._individual_runs_left - 1, 0)
            while self._queue and len(group.jobs) < most:
                job = self._queue.take()
                group.jobs.append(job)
                answer, commit = self._run_one(job.work, group.buffer, seq, ts)
                group.answers.append(answer)
                if commit is not None:
                    seq, ts = commit.seq, commit.ts
                    group.commits.append(commit)
                if monotonic() > until:
                    break
            if group.commits:
                self._write(group)
        except FAULTS_OF_THE_CALLER as fault:
            self._retry_individually(group, fault)
            return
        except sqlite3.Error as error:
            self._fail(group, error)
            return
        except BaseException as error:
            self._fail(group, error)
            raise
        if not group.commits:
            self._writer.execute("ROLLBACK")
            self._finish(group.jobs, group.answers, group.commits)
            return
        done = self._committer.submit(self._wal.commit, self._writer)
        done.add_done_callback(
            lambda future: self._loop.call_soon_threadsafe(self._committed, group, future.exception())
        )

    def _write(self, group: Group) -> None:
        """Send the writes of a group to the database."""
        rows = SqliteRows(self._writer)
        group.buffer.flush(rows)
        log = [(commit.seq, commit.ts, encode_keys(commit.written)) for commit in group.commits]
        rows.many(logging(rows.dialect), log)
        rows.run("UPDATE _clock SET seq = ?, ts = ?", log[-1][:2])
        self._retention.trim(rows, len(log))
        # Followers of the log read these instead of the table; no reader can see the commits before this line.
        self._recent = {commit.seq: commit for commit in group.commits}

    def _run_one(
        self, work: Callable[[Transaction], Any], buffer: WriteBuffer, seq: int, ts: int
    ) -> tuple[Any, Commit | None]:
        wall = self._now_ns()
        at = clock.next_timestamp(ts, max(wall, self._floor))
        now = wall / clock.NS_PER_MS
        transaction = Transaction(SqliteRows(self._writer), ts, self._budget(), now, self._cache, buffer)
        try:
            value = work(transaction)
            transaction.commit_at(at)
            transaction.release()
        except Exception as error:
            if isinstance(error, sqlite3.Error) and not isinstance(error, FAULTS_OF_THE_CALLER):
                raise
            transaction.rollback()
            if buffer.broken is not None:
                raise buffer.broken from None
            return error, None
        if buffer.broken is not None:
            raise buffer.broken
        if not transaction.written:
            return Committed(value, ts), None
        return Committed(value, at), Commit(seq + 1, at, transaction.written)

    def _committed(self, group: Group, error: BaseException | None) -> None:
        if error is not None:
            self._fail(group, error)
            return
        self._finish(group.jobs, group.answers, group.commits)

    def _notice_other_writers(self) -> None:
        """Clear the cache if another process has written to the file."""
        version = self._writer.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            self._data_version = version
            self._cache.clear()
            self._recent = {}

    def _retry_individually(self, group: Group, fault: sqlite3.Error) -> None:
        """Roll back a group with an invalid write, and run its mutations one by one."""
        if len(group.jobs) == 1:
            # Retry once: a mutation may check more closely on its second run.
            future = group.jobs[0][1]
            if self._retried_alone is future:
                self._fail(group, fault, fault)
                return
            self._retried_alone = future
        self._roll_back()
        self._requeue(group.jobs)
        self._individual_runs_left = len(group.jobs)
        self._loop.call_soon(self._run_group)

    def _fail(self, group: Group, error: BaseException, answer: Exception | None = None) -> None:
        """Roll back the whole group, none of which reached the disk, and answer it with an error."""
        self._roll_back()
        if not group.jobs:
            group.jobs = self._queue.drain()
        group.commits.clear()
        group.answers = [answer or StoreUnavailable(f"the database cannot be written: {error}")] * len(group.jobs)
        self._finish(group.jobs, group.answers, group.commits)

    def _roll_back(self) -> None:
        self._cache.clear()
        self._recent = {}
        if self._writer.in_transaction:
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")


def _enable_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch the file to its write-ahead log, retrying while another process uses it.

    SQLite does not wait for the lock here, because two processes that switch at once could deadlock.

    Raises:
        sqlite3.OperationalError: The file stays in use.
    """
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(RETRY_SECONDS)


def _read_error(error: sqlite3.Error) -> StoreUnavailable:
    return StoreUnavailable(f"the database cannot be read: {error}")
