"""The mutations of one node on PostgreSQL: groups of them, each group one transaction, one group after the other.

A group runs without a lock and notes what it reads. Then it locks the clock, which orders the commits of all nodes,
and holds what it has read against everything that was committed since it began: if none of that was touched, the group
is as if it had run in that moment, and is written. Otherwise it runs again; after a few tries under the lock, where
nobody can come before it. What is remembered between groups is told of the commits of the other nodes first.
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
    Connection,
    Found,
    PostgresRows,
    clock_of,
    lock_clock,
    unavailable,
)

Work = Callable[[Transaction], Any]
Outcome = tuple[list[Any], list[Commit]]  # the answers of the first mutations, and the commits there were
# Two that wait for each other's documents part before PostgreSQL finds out, which takes it a second.
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 100"
COMMIT = "COMMIT"
# What the database says of a transaction that has certainly not been committed. A dying connection says nothing.
STILL_OPEN = (psycopg.pq.TransactionStatus.INTRANS, psycopg.pq.TransactionStatus.INERROR)
TRY_SECONDS = 5.0
LOCKED_FROM_TRY, MOST_DOUBLINGS = 3, 6
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.001, 0.05
# How long the fate of a commit is looked for whose answer was lost with its connection.
COMMIT_OUTCOME_SECONDS = 15.0
COMMIT_OUTCOME_PAUSE_SECONDS = 0.25
UNREACHED_SEQ = 2**62  # a position that no log reaches


class SerializationConflict(Exception):
    """Another node committed what this group has read."""


class Run:
    """One mutation within a group."""

    __slots__ = ("transaction", "wall_ns", "value", "error")

    def __init__(self, transaction: Transaction, wall_ns: int) -> None:
        self.transaction = transaction
        self.wall_ns = wall_ns
        self.value: Any = None
        self.error: Exception | None = None


class Writer:
    """Runs groups, in one thread. `floor` tells a timestamp below which no commit may come to lie."""

    def __init__(
        self,
        links: ConnectionPool,
        limits: LimitSettings,
        store: StoreSettings,
        clock: DatabaseClock,
        floor: Callable[[], int],
    ) -> None:
        self._links = links
        self._limits = limits
        self._store = store
        self._clock = clock
        self._now_ns = clock.now_ns
        self._recall = WriterCache()
        self._known = UNREACHED_SEQ  # the position of the log up to which the recall has been told
        self._connection: Connection | None = None
        self._learned: list[Commit] = []
        self._trimmer = LogRetention(store.log_retention_seconds, clock.now_ns)
        self._floor = floor

    def run(self, works: list[Work]) -> Outcome:
        """Return the answers of the first mutations, an exception where one failed, and the commits there were.

        How many are answered depends on how long they take; those that are not have left no trace.
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
        # One of them wrote what cannot be: each on its own.
        apart = [self.run([work]) for work in works]
        return [answer for answers, _ in apart for answer in answers], [c for _, commits in apart for c in commits]

    def learned(self) -> list[Commit]:
        """Return the commits of other nodes that came up since this was asked for; not to be called during a run."""
        learned, self._learned = self._learned, []
        return learned

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._links.drop(self._connection)

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
                longest = min(FIRST_PAUSE_SECONDS * 2 ** min(nth, MOST_DOUBLINGS), LONGEST_PAUSE_SECONDS)
                sleep(random.uniform(0, longest))
            except FAULTS_OF_THE_CALLER:
                self._roll_back()
                if locked:
                    raise
                locked = True  # another node may have come in between: only there it is certain whose fault it is
            except BaseException:
                self._roll_back()
                raise
        raise StoreBusy("too many others change the same; try again")

    def _attempt(self, works: list[Work], locked: bool) -> Outcome:
        connection, began = self._begin(locked)
        draft, reads = WriteBuffer(), ReadSet()
        runs: list[Run] = []
        until = monotonic() + self._store.group_seconds
        for work in works:
            runs.append(self._run(connection, work, began, draft, reads))
            if monotonic() > until:
                break
        writers = [run for run in runs if run.error is None and run.transaction.writes]
        now = began
        if not locked:
            found = (lock_clock if writers else clock_of)(connection, began.seq)
            self._validate(found, runs, reads)
            now = found.clock
        commits = self._stamp(writers, draft, now)
        if commits:
            self._commit(connection, draft, commits)
        else:
            connection.execute("ROLLBACK")
        return _answers(runs, dict(zip(writers, commits, strict=True)), now.ts), commits

    def _begin(self, locked: bool) -> tuple[Connection, Clock]:
        """Begin a transaction, on a new connection if the one there was is gone."""
        if self._connection is not None:
            try:
                return self._begin_on(self._connection, locked)
            except psycopg.Error:
                if not self._connection.broken:
                    raise
                self._links.drop(self._connection)
        self._connection = self._links.connect()
        return self._begin_on(self._connection, locked)

    def _begin_on(self, connection: Connection, locked: bool) -> tuple[Connection, Clock]:
        self._clock.ask(connection)
        found = (lock_clock if locked else clock_of)(connection, self._known, BEGIN)
        self._learn(found)
        return connection, found.clock

    def _run(self, connection: Connection, work: Work, began: Clock, draft: WriteBuffer, reads: ReadSet) -> Run:
        wall = self._now_ns()
        budget = Budget.of(self._limits)
        rows = PostgresRows(connection)
        transaction = Transaction(rows, began.ts, budget, wall / kernel_clock.NS_PER_MS, self._recall, draft, reads)
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
            raise rows.fault  # whatever the function made of it
        return run

    def _validate(self, found: Found, runs: list[Run], reads: ReadSet) -> None:
        """Raise SerializationConflict when a commit since the beginning touches what was read."""
        if found.others is None or any(commit.written.intersects(reads) for commit in found.others):
            for run in runs:
                self._recall.invalidate_written(run.transaction.written)
            raise SerializationConflict
        self._learn(found)

    def _stamp(self, writers: list[Run], draft: WriteBuffer, now: Clock) -> list[Commit]:
        """Give each mutation that writes its place in the log, and have written what had to wait for that."""
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

    def _write(self, connection: Connection, draft: WriteBuffer, commits: list[Commit]) -> None:
        """Write and commits in one go: nobody else can commit meanwhile."""
        rows = PostgresRows(connection)
        log = [(commit.seq, commit.ts, encode_keys(commit.written)) for commit in commits]
        with connection.pipeline():
            draft.flush(rows)
            rows.many(logging(rows.dialect), log)
            rows.run("UPDATE _clock SET seq = %s, ts = %s", log[-1][:2])
            self._trimmer.trim(rows, len(log))
            done = connection.execute(COMMIT)
        if done.statusmessage != COMMIT:
            raise psycopg.InternalError("the database has not committed")

    def _commit(self, connection: Connection, draft: WriteBuffer, commits: list[Commit]) -> None:
        try:
            self._write(connection, draft, commits)
        except psycopg.Error:
            if connection.info.transaction_status in STILL_OPEN or not self._was_committed(commits[0]):
                raise
            self._links.drop(connection)
            self._connection = None
            self._recall.clear()
        self._known = commits[-1].seq

    def _was_committed(self, commit: Commit) -> bool:
        """Return whether a commit took place whose answer was lost with the connection.

        Whoever may still carry it out holds the clock, so the lock waits for that.

        Raises:
            OutcomeUnknown: It cannot be found out in time.
        """
        until = monotonic() + COMMIT_OUTCOME_SECONDS
        while monotonic() < until:
            try:
                with self._links.taken() as connection:
                    lock_clock(connection, UNREACHED_SEQ, "BEGIN")
                    row = connection.execute("SELECT ts, keys FROM _log WHERE seq = %s", (commit.seq,)).fetchone()
                    if row is None and not self._log_reaches(connection, commit.ts):
                        break  # dropped since, as after the erasure of a person
                    return row == (commit.ts, encode_keys(commit.written))
            except (StoreUnavailable, psycopg.Error):
                sleep(COMMIT_OUTCOME_PAUSE_SECONDS)
        raise OutcomeUnknown("the database went away while it committed: whether this was carried out is not known")

    def _log_reaches(self, connection: Connection, ts: int) -> bool:
        return Snapshot(PostgresRows(connection), ts, Budget.of(self._limits)).remembers(ts)

    def _learn(self, found: Found) -> None:
        """Have the recall forget what others wrote up to a position of the log."""
        if found.others is None:
            self._recall.clear()
        for commit in found.others or ():
            self._recall.invalidate_written(commit.written)
            self._learned.append(commit)
        self._known = found.clock.seq

    def _roll_back(self, clash: bool = False) -> None:
        """Undo everything, and forget what may rest on it; after a clash, that has been forgotten already."""
        if not clash:
            self._recall.clear()
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            end(connection)
        except psycopg.Error:
            self._links.drop(connection)
        else:
            self._connection = connection


def _answers(runs: list[Run], commits: dict[Run, Commit], ts: int) -> list[Any]:
    """Return the answers in order. Who wrote nothing may have seen what those before in the group wrote."""
    answers: list[Any] = []
    for run in runs:
        if run in commits:
            ts = commits[run].ts
        answers.append(run.error or Committed(run.value, ts))
    return answers
