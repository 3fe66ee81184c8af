"""Run the mutations of one node on PostgreSQL in groups, one transaction per group, one group at a time.

A group runs without a lock and records what it reads. Then it locks the clock, which orders the commits of all nodes,
and compares its reads with the commits since it began. If no commit touched them, the group is equivalent to one that
ran at this moment, and is written. Otherwise it runs again, after a few attempts under the lock, where no other node
can commit. The writer's cache applies the commits of other nodes before each group.
"""

import random
from collections.abc import Callable
from itertools import count
from time import monotonic, sleep
from typing import Any

import psycopg

from connvo.kernel import clock as kernel_clock
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.commit_log import Commit, encode_keys
from connvo.store.engine import Committed, OutcomeUnknown, StoreBusy, StoreError, StoreUnavailable
from connvo.store.log_retention import LogRetention
from connvo.store.query import logging
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Budget, Snapshot
from connvo.store.transaction import Transaction
from connvo.store.write_buffer import WriteBuffer
from connvo.store.writer_cache import WriterCache

from .clock import DatabaseClock
from .connections import ConnectionPool, end
from .rows import (
    CONFLICTS,
    FAULTS_OF_THE_CALLER,
    Clock,
    ClockReading,
    Connection,
    PostgresRows,
    lock_clock,
    read_clock,
    unavailable,
)

Work = Callable[[Transaction], Any]
Outcome = tuple[list[Any], list[Commit]]  # the answers of the first mutations, and the commits of the group
# The lock timeout ends a deadlock of two groups earlier than PostgreSQL's own detection, which takes a second.
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 100"
COMMIT = "COMMIT"
# In these states a transaction has certainly not been committed; a lost connection has neither.
STILL_OPEN = (psycopg.pq.TransactionStatus.INTRANS, psycopg.pq.TransactionStatus.INERROR)
TRY_SECONDS = 5.0
LOCKED_FROM_TRY, MAX_DOUBLINGS = 3, 6
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.001, 0.05
# Time limit for finding out whether a commit took place whose connection was lost.
COMMIT_OUTCOME_SECONDS = 15.0
COMMIT_OUTCOME_PAUSE_SECONDS = 0.25
UNREACHED_SEQ = 2**62  # a position that no log reaches


class SerializationConflict(Exception):
    """An error for a group whose reads another node has changed."""


class Run:
    """One mutation within a group."""

    __slots__ = ("transaction", "wall_ns", "value", "error")

    def __init__(self, transaction: Transaction, wall_ns: int) -> None:
        self.transaction = transaction
        self.wall_ns = wall_ns
        self.value: Any = None
        self.error: Exception | None = None


class Writer:
    """A writer that runs groups in one thread; `floor` returns the smallest timestamp that a commit may get."""

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
        self._store = store
        self._clock = clock
        self._now_ns = clock.now_ns
        self._cache = WriterCache()
        self._known_seq = UNREACHED_SEQ  # the position of the log up to which the cache is valid
        self._connection: Connection | None = None
        self._remote_commits: list[Commit] = []
        self._retention = LogRetention(store.log_retention_seconds, clock.now_ns)
        self._floor = floor

    def run(self, works: list[Work]) -> Outcome:
        """Run mutations as one group; return the answers of the first ones, and the commits of the group.

        The answer of a failed mutation is its exception. The time limit of a group decides how many mutations are
        answered; the others have not been run, or were rolled back.
        """
        try:
            return self._try_until_done(works)
        except FAULTS_OF_THE_CALLER as fault:
            if len(works) == 1:
                return [fault], []
        except StoreError as error:
            return [error] * len(works), []
        except psycopg.Error as error:
            return [unavailable("written", error)] * len(works), []
        # One mutation made an invalid write: run each one alone.
        apart = [self.run([work]) for work in works]
        return [answer for answers, _ in apart for answer in answers], [c for _, commits in apart for c in commits]

    def take_remote_commits(self) -> list[Commit]:
        """Return the commits of other nodes read since the last call; must not be called during a run."""
        taken, self._remote_commits = self._remote_commits, []
        return taken

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._pool.drop(self._connection)

    def _try_until_done(self, works: list[Work]) -> Outcome:
        locked = False
        until = monotonic() + TRY_SECONDS
        for nth in count(1):
            locked = locked or nth >= LOCKED_FROM_TRY
            try:
                return self._attempt(works, locked)
            except (SerializationConflict, *CONFLICTS) as conflict:
                self._roll_back(isinstance(conflict, SerializationConflict))
                if monotonic() > until:
                    break
                most = min(FIRST_PAUSE_SECONDS * 2 ** min(nth, MAX_DOUBLINGS), MAX_PAUSE_SECONDS)
                sleep(random.uniform(0, most))
            except FAULTS_OF_THE_CALLER:
                self._roll_back()
                if locked:
                    raise
                locked = True  # another node may have interfered; only under the lock is the caller certainly at fault
            except BaseException:
                self._roll_back()
                raise
        raise StoreBusy("too many other mutations change the same documents; try again")

    def _attempt(self, works: list[Work], locked: bool) -> Outcome:
        connection, began = self._begin(locked)
        buffer, reads = WriteBuffer(), ReadSet()
        runs: list[Run] = []
        until = monotonic() + self._store.group_seconds
        for work in works:
            runs.append(self._run(connection, work, began, buffer, reads))
            if monotonic() > until:
                break
        writers = [run for run in runs if run.error is None and run.transaction.writes]
        now = began
        if not locked:
            found = (lock_clock if writers else read_clock)(connection, began.seq)
            self._validate(found, runs, reads)
            now = found.clock
        commits = self._stamp(writers, buffer, now)
        if commits:
            self._commit(connection, buffer, commits)
        else:
            connection.execute("ROLLBACK")
        return _answers(runs, dict(zip(writers, commits, strict=True)), now.ts), commits

    def _begin(self, locked: bool) -> tuple[Connection, Clock]:
        """Begin a transaction, on a new connection if the current one is broken."""
        if self._connection is not None:
            try:
                return self._begin_on(self._connection, locked)
            except psycopg.Error:
                if not self._connection.broken:
                    raise
                self._pool.drop(self._connection)
        self._connection = self._pool.connect()
        return self._begin_on(self._connection, locked)

    def _begin_on(self, connection: Connection, locked: bool) -> tuple[Connection, Clock]:
        self._clock.ask(connection)
        found = (lock_clock if locked else read_clock)(connection, self._known_seq, BEGIN)
        self._apply_remote(found)
        return connection, found.clock

    def _run(self, connection: Connection, work: Work, began: Clock, buffer: WriteBuffer, reads: ReadSet) -> Run:
        wall = self._now_ns()
        budget = Budget.of(self._limits)
        rows = PostgresRows(connection)
        transaction = Transaction(rows, began.ts, budget, wall / kernel_clock.NS_PER_MS, self._cache, buffer, reads)
        run = Run(transaction, wall)
        try:
            run.value = work(transaction)
            transaction.release()
        except psycopg.Error:
            raise
        except Exception as error:
            if rows.fault is None:
                transaction.rollback()
            run.error = error
        if rows.fault is not None:
            raise rows.fault  # even if the function caught it
        return run

    def _validate(self, found: ClockReading, runs: list[Run], reads: ReadSet) -> None:
        """Check that no commit since the beginning touches the reads of the group.

        Raises:
            SerializationConflict: One does, or the log no longer has all of those commits.
        """
        if found.commits is None or any(commit.written.intersects(reads) for commit in found.commits):
            for run in runs:
                self._cache.invalidate_written(run.transaction.written)
            raise SerializationConflict
        self._apply_remote(found)

    def _stamp(self, writers: list[Run], buffer: WriteBuffer, now: Clock) -> list[Commit]:
        """Assign each writing mutation its position and timestamp, and run its work deferred until then."""
        commits: list[Commit] = []
        ts = now.ts
        for number, run in enumerate(writers, now.seq + 1):
            ts = kernel_clock.next_timestamp(ts, max(run.wall_ns, self._floor()))
            try:
                run.transaction.commit_at(ts)
            except ValueError as error:
                raise psycopg.IntegrityError(str(error)) from error
            run.transaction.release()
            commits.append(Commit(number, ts, run.transaction.written))
        return commits

    def _write(self, connection: Connection, buffer: WriteBuffer, commits: list[Commit]) -> None:
        """Write and commit in one pipeline, under the lock of the clock."""
        rows = PostgresRows(connection)
        log = [(commit.seq, commit.ts, encode_keys(commit.written)) for commit in commits]
        with connection.pipeline():
            buffer.flush(rows)
            rows.many(logging(rows.dialect), log)
            rows.run("UPDATE _clock SET seq = %s, ts = %s", log[-1][:2])
            self._retention.trim(rows, len(log))
            done = connection.execute(COMMIT)
        if done.statusmessage != COMMIT:
            raise psycopg.InternalError("the database rolled the transaction back instead of committing it")

    def _commit(self, connection: Connection, buffer: WriteBuffer, commits: list[Commit]) -> None:
        try:
            self._write(connection, buffer, commits)
        except psycopg.Error:
            if connection.info.transaction_status in STILL_OPEN or not self._was_committed(commits[0]):
                raise
            self._pool.drop(connection)
            self._connection = None
            self._cache.clear()
        self._known_seq = commits[-1].seq

    def _was_committed(self, commit: Commit) -> bool:
        """Return whether a commit took place whose connection was lost.

        A backend that is still committing holds the clock, so taking the lock waits for it.

        Raises:
            OutcomeUnknown: The database does not come back in time, or the log no longer reaches back to the commit.
        """
        until = monotonic() + COMMIT_OUTCOME_SECONDS
        while monotonic() < until:
            try:
                with self._pool.taken() as connection:
                    lock_clock(connection, UNREACHED_SEQ, "BEGIN")
                    row = connection.execute("SELECT ts, keys FROM _log WHERE seq = %s", (commit.seq,)).fetchone()
                    if row is None and not self._log_reaches(connection, commit.ts):
                        break  # the log was cut off since, as after erasing a person
                    return row == (commit.ts, encode_keys(commit.written))
            except (StoreUnavailable, psycopg.Error):
                sleep(COMMIT_OUTCOME_PAUSE_SECONDS)
        raise OutcomeUnknown(
            "the connection was lost during the commit: check whether the change was made before you repeat it"
        )

    def _log_reaches(self, connection: Connection, ts: int) -> bool:
        return Snapshot(PostgresRows(connection), ts, Budget.of(self._limits)).remembers(ts)

    def _apply_remote(self, found: ClockReading) -> None:
        """Invalidate cached documents that other nodes wrote up to a position of the log."""
        if found.commits is None:
            self._cache.clear()
        for commit in found.commits or ():
            self._cache.invalidate_written(commit.written)
            self._remote_commits.append(commit)
        self._known_seq = found.clock.seq

    def _roll_back(self, conflict: bool = False) -> None:
        """Roll back, and clear the cache unless `_validate` has already invalidated what the group wrote."""
        if not conflict:
            self._cache.clear()
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            end(connection)
        except psycopg.Error:
            self._pool.drop(connection)
        else:
            self._connection = connection


def _answers(runs: list[Run], commits: dict[Run, Commit], ts: int) -> list[Any]:
    """Return the answers in order; a mutation that only read gets the timestamp of the write before it in the group."""
    answers: list[Any] = []
    for run in runs:
        if run in commits:
            ts = commits[run].ts
        answers.append(run.error or Committed(run.value, ts))
    return answers
