"""The engine on PostgreSQL, for any number of processes on one database.

Reads are REPEATABLE READ snapshots, whose first statement looks at the clock; mutations run in groups in one thread
(`postgres_writer`). Everything that waits for the database does so outside the event loop.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from contextvars import copy_context
from typing import Any, TypeVar

import psycopg

from ..kernel import clock
from ..settings import DatabaseSettings, LimitSettings, StoreSettings
from .commits import Commit, decode_keys
from .engine import CommitListener, Committed, SnapshotAhead, SnapshotGone, StoreBusy, StoreUnavailable
from .pins import Pins
from .postgres_links import Links, begin_snapshot
from .postgres_rows import FAULTS_OF_THE_CALLER, Connection, PostgresRows, unavailable
from .postgres_schema import get_meta, migrate, pending
from .postgres_writer import Writer
from .reads import ReadSet
from .snapshot import Budget, Snapshot
from .transaction import Transaction

T = TypeVar("T")
Job = tuple[Callable[[Transaction], Any], asyncio.Future[Any]]


class HeldSnapshot:
    """One snapshot for several reads in a row."""

    def __init__(self, engine: "PostgresEngine", snapshot: Snapshot) -> None:
        self._engine = engine
        self._snapshot = snapshot

    async def run(self, work: Callable[[Snapshot], T]) -> T:
        """Returns what `work` makes of the snapshot. Raises StoreUnavailable."""
        return await to_its_end(self._engine.in_thread(_readable, work, self._snapshot))


class PostgresEngine:
    """The engine on a PostgreSQL database."""

    def __init__(
        self,
        url: str,
        limits: LimitSettings | None = None,
        store: StoreSettings | None = None,
        database: DatabaseSettings | None = None,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self._limits = limits or LimitSettings()
        self._store = store or StoreSettings()
        database = database or DatabaseSettings()
        self._links = Links(url, database)
        self._writer = Writer(self._links, self._limits, self._store, now_ns)
        self._slots = asyncio.Semaphore(database.connections)
        self._threads = ThreadPoolExecutor(database.connections, "connvo-read")
        self._writing = ThreadPoolExecutor(1, "connvo-write")
        self._pins = Pins(self._open_snapshot, self._store.snapshots, self._store.snapshot_ttl)
        self._queue: deque[Job] = deque()
        self._busy = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._listeners: list[CommitListener] = []

    async def pending(self) -> list[str]:
        """Returns the statements by which `open` would change the schema. Raises NewerDatabase, StoreUnavailable."""
        try:
            with closing(self._links.connect()) as connection:
                return pending(connection)
        except psycopg.Error as error:
            raise unavailable("used", error) from error

    async def open(self) -> None:
        """Opens and migrates. Raises NewerDatabase, StoreUnavailable."""
        self._loop = asyncio.get_running_loop()
        self._secret = await self.in_thread(self._prepare)

    async def close(self) -> None:
        """Finishes what is queued and closes."""
        await self._idle.wait()
        self._pins.close()
        self._writing.shutdown()
        self._writer.close()
        self._threads.shutdown()
        self._links.close()

    async def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Runs `work` on the newest snapshot, or on the one at timestamp `at`.

        One that is no longer held is told from the newest, if nothing that `work` read has changed since.
        Raises SnapshotGone, SnapshotAhead, StoreUnavailable.
        """
        async with self._slots:
            return await self.in_thread(self._read, work, reads, at)

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[HeldSnapshot]:
        """Yields the newest snapshot, for several reads. Raises StoreUnavailable."""
        async with self._slots:
            stack = ExitStack()
            try:
                yield HeldSnapshot(self, await to_its_end(self.in_thread(self._begin, stack, None)))
            finally:
                await self.in_thread(stack.close)

    async def write(self, work: Callable[[Transaction], T]) -> Committed[T]:
        """Runs `work` in a transaction; returns once it is on disk. Raises StoreBusy, StoreUnavailable."""
        return await self.begin(work)

    def begin(self, work: Callable[[Transaction], T]) -> asyncio.Future[Committed[T]]:
        """Queues `work`; what comes of it is that of `write`. Raises StoreBusy at once."""
        if len(self._queue) >= self._limits.queued_mutations:
            raise StoreBusy("too many mutations are waiting; try again")
        future: asyncio.Future[Committed[T]] = self._loop.create_future()
        self._queue.append((work, future))
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._loop.call_soon(self._run_group)
        return future

    async def pin(self) -> int:
        """Returns the newest timestamp and keeps its snapshot readable for a while."""
        return await self.in_thread(self._pins.take)

    async def reach(self, ts: int) -> None:
        """Moves the clock to at least `ts`; commits from then on lie above it."""
        if await self.read(lambda db: db.timestamp) >= ts:
            return
        self._writer.floor = max(self._writer.floor, ts)
        await self.write(lambda db: db.written.add(["_clock/reached"], [(ts,)]))

    async def commits(self, after_seq: int, limit: int) -> list[Commit]:
        """Returns the commits after a position of the log, oldest first."""
        return await self.read(lambda db: db.commits(after_seq, limit))

    def listen(self, listener: CommitListener) -> None:
        """Calls back with every group of commits made here, after they are on disk."""
        self._listeners.append(listener)

    def secret(self) -> bytes:
        """Returns the database's own 32 random bytes, made when it was created."""
        return self._secret

    async def in_thread(self, call: Callable[..., T], *args: Any) -> T:
        """Runs a call outside the event loop, with the context of its log lines."""
        return await self._loop.run_in_executor(self._threads, copy_context().run, call, *args)

    def _prepare(self) -> bytes:
        try:
            with self._links.taken() as connection:
                migrate(connection)
                return bytes.fromhex(get_meta(connection, "secret") or "")
        except psycopg.Error as error:
            raise unavailable("used", error) from error

    def _read(self, work: Callable[[Snapshot], T], reads: ReadSet | None, at: int | None) -> T:
        pinned = None if at is None else self._pins.at(at)
        if at is not None and pinned is not None:
            try:
                return _readable(work, Snapshot(PostgresRows(pinned), at, Budget.of(self._limits), reads))
            except StoreUnavailable:
                if not pinned.closed:
                    raise
                self._pins.forget(at)  # it went with its connection
        seen = reads if reads is not None or at is None else ReadSet()
        with ExitStack() as stack:
            snapshot = self._begin(stack, seen)
            value = _readable(work, snapshot)
            if at is not None and seen is not None:
                _readable(lambda db: _check_unchanged(db, at, seen), snapshot)
            return value

    def _begin(self, stack: ExitStack, reads: ReadSet | None) -> Snapshot:
        """Begins the newest snapshot, which ends with the stack; a connection that turns out dead is replaced."""
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
            connection = attempt.enter_context(self._links.taken())
            now = begin_snapshot(connection)
            stack.push(attempt.pop_all())
            return Snapshot(PostgresRows(connection), now.ts, Budget.of(self._limits), reads)

    def _open_snapshot(self) -> tuple[int, Connection]:
        connection = self._links.connect()
        try:
            return begin_snapshot(connection).ts, connection
        except psycopg.Error as error:
            self._links.drop(connection)
            raise unavailable("read", error) from error

    def _run_group(self) -> None:
        """Hands what is queued to the thread."""
        jobs = [self._queue.popleft() for _ in range(min(len(self._queue), self._store.group_size))]
        done = self._writing.submit(self._writer.run, [work for work, _ in jobs])
        done.add_done_callback(lambda future: self._loop.call_soon_threadsafe(self._finish, jobs, future))

    def _finish(self, jobs: list[Job], done: Any) -> None:
        fault = done.exception()
        answers, commits = ([fault] * len(jobs), []) if fault is not None else done.result()
        if commits:
            for listener in self._listeners:
                self._loop.call_soon(listener, commits)
        self._queue.extendleft(reversed(jobs[len(answers) :]))
        for (_, future), answer in zip(jobs, answers, strict=False):
            if future.cancelled():
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        if self._queue:
            # After those who wait have heard: what one of them gives up must not be begun meanwhile.
            self._loop.call_soon(self._run_group)
        else:
            self._busy = False
            self._idle.set()


async def to_its_end(call: Coroutine[Any, Any, T]) -> T:
    """Returns what comes of a call in a thread; who is cancelled meanwhile waits for it all the same.

    Until it has ended, nobody else may have its connection.
    """
    running = asyncio.ensure_future(call)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _readable(work: Callable[[Snapshot], T], snapshot: Snapshot) -> T:
    try:
        return work(snapshot)
    except FAULTS_OF_THE_CALLER:
        raise
    except psycopg.Error as error:
        raise unavailable("read", error) from error


def _check_unchanged(db: Snapshot, at: int, reads: ReadSet) -> None:
    """Raises SnapshotAhead or SnapshotGone unless what was read is the same as it was at `at`."""
    if db.timestamp < at:
        raise SnapshotAhead(f"the snapshot at {at} lies in the future")
    if db.timestamp == at:
        return
    oldest = db.rows.all("SELECT min(ts) FROM _log", ())[0][0]
    if oldest is not None and oldest <= at:
        rows = db.rows.all("SELECT keys FROM _log WHERE ts > %s", (at,))
        if not any(decode_keys(keys).intersects(reads) for (keys,) in rows):
            return
    raise SnapshotGone(f"the snapshot at {at} is no longer kept")
