"""The writing connection of a node on PostgreSQL, and the steps of one group of mutations on it.

Guarantees: the writer's cache agrees with the database up to a known position of the log. The commits of other nodes
are applied to it before each group and before each commit.
"""

from collections.abc import Callable

import psycopg

from connvo.kernel import clock as kernel_clock
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.commit_log import Commit, encode_keys
from connvo.store.log_retention import LogRetention
from connvo.store.mutation_queue import Answer, Job
from connvo.store.query import logging
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Budget
from connvo.store.transaction import Transaction
from connvo.store.write_buffer import WriteBuffer
from connvo.store.writer_cache import WriterCache

from .clock import DatabaseClock
from .commit_outcome import was_committed
from .connections import ConnectionPool, end
from .rows import UNREACHED_SEQ, Clock, ClockReading, Connection, PostgresRows

ReadClock = Callable[..., ClockReading]
# The lock timeout ends a deadlock of two groups earlier than PostgreSQL's own detection, which takes a second.
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 100"
COMMIT = "COMMIT"
# In these states a transaction has certainly not been committed; a lost connection has neither.
STILL_OPEN = (psycopg.pq.TransactionStatus.INTRANS, psycopg.pq.TransactionStatus.INERROR)


class Run:
    """One mutation within a group, and its error, if any."""

    __slots__ = ("transaction", "wall_ns", "error")

    def __init__(self, transaction: Transaction, wall_ns: int) -> None:
        self.transaction = transaction
        self.wall_ns = wall_ns
        self.error: Exception | None = None


class Group:
    """Mutations that run in one transaction, what they write and what they have read."""

    __slots__ = ("runs", "buffer", "reads")

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.buffer = WriteBuffer()
        self.reads = ReadSet()

    def writing(self) -> list[Run]:
        """Return the mutations that have something to commit."""
        return [run for run in self.runs if run.error is None and run.transaction.writes]

    def answers(self, commits: list[Commit], ts: int) -> list[Answer]:
        """Return the answers in order; one that only read has the timestamp of the write before it in the group."""
        stamps = {run: commit.ts for run, commit in zip(self.writing(), commits, strict=True)}
        answers: list[Answer] = []
        for run in self.runs:
            ts = stamps.get(run, ts)
            answers.append(run.error or ts)
        return answers


class Writer:
    """The writing connection; `floor` returns the smallest timestamp that a commit may get."""

    def __init__(
        self,
        pool: ConnectionPool,
        limits: LimitSettings,
        store: StoreSettings,
        clock: DatabaseClock,
        floor: Callable[[], int],
    ) -> None:
        self._pool = pool
        self._limits = limits
        self._clock = clock
        self._floor = floor
        self._cache = WriterCache()
        self._known_seq = UNREACHED_SEQ  # the position of the log up to which the cache is valid
        self._connection: Connection | None = None
        self._remote_commits: list[Commit] = []
        self._retention = LogRetention(store.log_retention_seconds, clock.now_ns)

    def take_remote_commits(self) -> list[Commit]:
        """Return the commits of other nodes read since the last call; must not be called while a group runs."""
        taken, self._remote_commits = self._remote_commits, []
        return taken

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._pool.drop(self._connection)

    def begin(self, read: ReadClock) -> tuple[Connection, Clock]:
        """Begin a transaction and read the clock in it, on a new connection if the current one is broken.

        Raises:
            StoreUnavailable: The database cannot be reached.
            psycopg.Error: The database cannot be used, or the clock stays locked.
        """
        if self._connection is not None:
            try:
                return self._begin_on(self._connection, read)
            except psycopg.Error:
                if not self._connection.broken:
                    raise
                self._pool.drop(self._connection)
        self._connection = self._pool.connect()
        return self._begin_on(self._connection, read)

    def run(self, connection: Connection, group: Group, job: Job[object], began: Clock) -> None:
        """Run a mutation as the next one of the group. Its own error is its answer.

        Raises:
            psycopg.Error: The database failed or refused a statement, even if the mutation caught the error.
        """
        wall = self._clock.now_ns()
        rows, budget, now = PostgresRows(connection), Budget.of(self._limits), wall / kernel_clock.NS_PER_MS
        transaction = Transaction(rows, began.ts, budget, now, self._cache, group.buffer, group.reads)
        run = Run(transaction, wall)
        group.runs.append(run)
        try:
            job.run(transaction)
            transaction.release()
        except psycopg.Error:
            raise
        except Exception as error:
            if rows.fault is None:
                transaction.rollback()
            run.error = error
        if rows.fault is not None:
            raise rows.fault

    def validate(self, found: ClockReading, group: Group) -> bool:
        """Return whether no commit since the beginning touches the reads of the group.

        If one does, or the log no longer has all of them, the cache forgets what the group wrote.
        """
        if found.commits is None or any(commit.written.intersects(group.reads) for commit in found.commits):
            for run in group.runs:
                self._cache.invalidate_written(run.transaction.written)
            return False
        self._apply_remote(found)
        return True

    def stamp(self, group: Group, now: Clock) -> list[Commit]:
        """Assign each writing mutation its position and timestamp, and run its work deferred until then.

        Raises:
            psycopg.Error: The deferred work of a mutation repeats an id.
        """
        commits: list[Commit] = []
        ts = now.ts
        for number, run in enumerate(group.writing(), now.seq + 1):
            ts = kernel_clock.next_timestamp(ts, max(run.wall_ns, self._floor()))
            try:
                run.transaction.commit_at(ts)
            except ValueError as error:
                raise psycopg.IntegrityError(str(error)) from error
            run.transaction.release()
            commits.append(Commit(number, ts, run.transaction.written))
        return commits

    def commit(self, connection: Connection, group: Group, commits: list[Commit]) -> None:
        """Write and commit the group, whose transaction has the lock of the clock.

        Raises:
            OutcomeUnknown: The connection was lost, and it cannot be found out whether the commit took place.
            psycopg.Error: The commit did not take place.
        """
        try:
            self._write(connection, group, commits)
        except psycopg.Error:
            if connection.info.transaction_status in STILL_OPEN:
                raise
            if not was_committed(self._pool, commits[0]):
                raise
            self._pool.drop(connection)
            self._connection = None
            self._cache.clear()
        self._known_seq = commits[-1].seq

    def roll_back(self) -> None:
        """End the transaction and clear the cache, which holds what the group wrote."""
        self._cache.clear()
        self.end()

    def end(self) -> None:
        """End the transaction, if one is open; drop a connection on which that fails."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            end(connection)
        except psycopg.Error:
            self._pool.drop(connection)
        else:
            self._connection = connection

    def _begin_on(self, connection: Connection, read: ReadClock) -> tuple[Connection, Clock]:
        self._clock.ask(connection)
        found = read(connection, self._known_seq, BEGIN)
        self._apply_remote(found)
        return connection, found.clock

    def _write(self, connection: Connection, group: Group, commits: list[Commit]) -> None:
        """Write and commit in one pipeline."""
        rows = PostgresRows(connection)
        log = [(commit.seq, commit.ts, encode_keys(commit.written)) for commit in commits]
        with connection.pipeline():
            group.buffer.flush(rows)
            rows.many(logging(rows.dialect), log)
            rows.run("UPDATE _clock SET seq = %s, ts = %s", log[-1][:2])
            self._retention.trim(rows, len(log))
            done = connection.execute(COMMIT)
        if done.statusmessage != COMMIT:
            raise psycopg.InternalError("the database rolled the transaction back instead of committing it")

    def _apply_remote(self, found: ClockReading) -> None:
        """Invalidate cached documents that other nodes wrote up to a position of the log."""
        if found.commits is None:
            self._cache.clear()
        for commit in found.commits or ():
            self._cache.invalidate_written(commit.written)
            self._remote_commits.append(commit)
        self._known_seq = found.clock.seq
