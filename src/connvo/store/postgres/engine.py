"""Run the store on PostgreSQL, for any number of nodes on one database.

Reads are REPEATABLE READ snapshots whose first statement reads the clock. Mutations run in groups in one thread, see
`group_commit.py`. Everything that waits for the database does so outside the event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from contextvars import copy_context
from functools import partial
from typing import TypeVar

import psycopg

from connvo.kernel import clock
from connvo.settings import DatabaseSettings, LimitSettings, StoreSettings
from connvo.store.engine import StoreUnavailable
from connvo.store.engine_base import EngineBase, check_unchanged
from connvo.store.log_reader import LogReader
from connvo.store.migrations import pending, stored_secret
from connvo.store.mutation_queue import Job
from connvo.store.read_set import ReadSet
from connvo.store.schema import tables
from connvo.store.snapshot import Budget, Snapshot

from .clock import DatabaseClock
from .connections import ConnectionPool, begin_snapshot
from .group_commit import GroupCommit, GroupResult
from .migrations import PostgresCatalog, migrate
from .rows import FAULTS_OF_THE_CALLER, Connection, PostgresRows, unavailable
from .writer import Writer

T = TypeVar("T")


class PostgresSnapshot:
    """One snapshot for several reads in a row; it begins with the first of them."""

    def __init__(self, engine: "PostgresEngine") -> None:
        self._engine = engine
        self._stack = ExitStack()
        self._snapshot: Snapshot | None = None

    async def run(self, work: Callable[[Snapshot], T]) -> T:
        """Run `work` on the snapshot and return its result.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        return await shield_to_end(self._engine.in_thread(partial(self._read, work)))

    def end(self) -> None:
        """End the snapshot without waiting for the database."""
        self._stack.close()

    def _read(self, work: Callable[[Snapshot], T]) -> T:
        if self._snapshot is None:
            self._snapshot = self._engine.begin_reading(self._stack, None)
        return _run_translating_errors(work, self._snapshot)


class PostgresEngine(EngineBase[Connection]):
    """The engine on a PostgreSQL database."""

    distant = True

    def __init__(
        self,
        url: str,
        limits: LimitSettings | None = None,
        store: StoreSettings | None = None,
        database: DatabaseSettings | None = None,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        super().__init__(limits, store, self._open_snapshot)
        database = database or DatabaseSettings()
        self._pool = ConnectionPool(url, database)
        self._clock = DatabaseClock(now_ns)
        self._writer = Writer(self._pool, self._limits, self._store, self._clock, lambda: self._floor)
        self._groups = GroupCommit(self._writer, self._store)
        self._slots = asyncio.Semaphore(database.connections)
        self._threads = ThreadPoolExecutor(database.connections, "connvo-read")
        self._writing = ThreadPoolExecutor(1, "connvo-write")

    async def pending(self) -> list[str]:
        """Return the statements by which `open` would change the schema.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        try:
            with closing(self._pool.connect()) as connection:
                return pending(PostgresCatalog(connection))
        except psycopg.Error as error:
            raise unavailable("used", error) from error

    async def open(self) -> None:
        """Open and migrate the database.

        Raises:
            NewerDatabase: A newer version of connvo wrote the database.
            StoreUnavailable: The database cannot be reached.
        """
        self._queue.open()
        self._secret = await self.in_thread(self._prepare)

    async def close(self) -> None:
        """Finish the queued mutations and close."""
        await self._end()
        self._writing.shutdown()
        self._writer.close()
        self._threads.shutdown()
        self._pool.close()

    async def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Run `work` on the newest snapshot, or on the one at timestamp `at`.

        A snapshot that is not pinned is read from the newest one, provided that nothing `work` read has changed since.

        Raises:
            SnapshotAhead: The timestamp is in the future.
            SnapshotGone: The snapshot is no longer kept, and something that was read has changed.
            StoreUnavailable: The database cannot be reached.
        """
        async with self._slots:
            return await self.in_thread(partial(self._read, work, reads, at))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[PostgresSnapshot]:
        """Yield the newest snapshot, for several reads.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        async with self._slots:
            held = PostgresSnapshot(self)
            try:
                yield held
            finally:
                held.end()

    def now_ns(self) -> int:
        """Return the time of the database server."""
        return self._clock.now_ns()

    async def _pin(self, owner: str, only: int | None) -> int:
        return await self.in_thread(partial(self._pins.take, owner, only))

    async def _scrub_files(self) -> bool:
        return await self.in_thread(self._vacuum)

    def _vacuum(self) -> bool:
        """Make the space of deleted rows reusable, so that new rows overwrite it."""
        try:
            with closing(self._pool.connect()) as connection:
                connection.execute("SET statement_timeout = 0")
                for name in ("_log", *(table.name for table in tables())):
                    connection.execute(f'VACUUM "{name}"')
        except (psycopg.Error, StoreUnavailable):
            return False
        return True

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Run a call in a thread, with the logging context of the caller."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, call)

    def _prepare(self) -> bytes:
        try:
            with self._pool.taken() as connection:
                migrate(connection)
                self._clock.ask(connection)
                return stored_secret(PostgresCatalog(connection))
        except psycopg.Error as error:
            raise unavailable("used", error) from error

    def _read(self, work: Callable[[Snapshot], T], reads: ReadSet | None, at: int | None) -> T:
        pinned = None if at is None else self._pins.at(at)
        if at is not None and pinned is not None:
            try:
                snapshot = Snapshot(PostgresRows(pinned), at, Budget.of(self._limits), reads, memory=self._memory)
                return _run_translating_errors(work, snapshot)
            except StoreUnavailable:
                if not pinned.closed:
                    raise
                self._pins.forget(at)  # the snapshot ended with its connection
        seen = reads if reads is not None or at is None else ReadSet()
        with ExitStack() as stack:
            snapshot = self.begin_reading(stack, seen)
            value = _run_translating_errors(work, snapshot)
            if at is not None and seen is not None:
                _run_translating_errors(lambda db: check_unchanged(db, at, seen), snapshot)
            return value

    def begin_reading(self, stack: ExitStack, reads: ReadSet | None) -> Snapshot:
        """Begin the newest snapshot, which ends with the stack; replace a connection that turns out to be dead.

        Raises:
            StoreUnavailable: The database cannot be reached.
        """
        try:
            return self._begin_once(stack, reads)
        except psycopg.OperationalError:
            pass
        try:
            return self._begin_once(stack, reads)
        except psycopg.Error as error:
            raise unavailable("read", error) from error

    def _begin_once(self, stack: ExitStack, reads: ReadSet | None) -> Snapshot:
        with ExitStack() as attempt:
            connection = attempt.enter_context(self._pool.taken())
            now = begin_snapshot(connection)
            stack.push(attempt.pop_all())
            rows = PostgresRows(connection)
            log = LogReader(rows, newest=now.seq)
            return Snapshot(rows, now.ts, Budget.of(self._limits), reads, log, self._memory)

    def _open_snapshot(self) -> tuple[int, Connection]:
        connection = self._pool.connect()
        try:
            return begin_snapshot(connection).ts, connection
        except psycopg.Error as error:
            self._pool.drop(connection)
            raise unavailable("read", error) from error

    def _run_group(self) -> None:
        """Hand the queued jobs to the writer thread."""
        jobs = [self._queue.take() for _ in range(min(len(self._queue), self._store.group_size))]
        loop = asyncio.get_running_loop()
        done = self._writing.submit(self._groups.run, jobs)
        done.add_done_callback(lambda future: loop.call_soon_threadsafe(self._end_group, jobs, future))

    def _end_group(self, jobs: list[Job[object]], done: Future[GroupResult]) -> None:
        fault = done.exception()
        result = done.result() if fault is None else GroupResult([fault] * len(jobs))
        run = len(result.answers)
        self._queue.requeue(jobs[run:])
        self._finish(jobs[:run], result.answers, result.commits, self._writer.take_remote_commits())


async def shield_to_end(call: Awaitable[T]) -> T:
    """Return the result of a call in a thread; a cancelled caller waits for its end too.

    The connection of the call must not be reused before it has ended.
    """
    running = asyncio.ensure_future(call)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _run_translating_errors(work: Callable[[Snapshot], T], snapshot: Snapshot) -> T:
    try:
        return work(snapshot)
    except FAULTS_OF_THE_CALLER:
        raise
    except psycopg.Error as error:
        raise unavailable("read", error) from error
