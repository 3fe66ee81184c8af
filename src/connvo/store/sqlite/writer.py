"""Run mutations in the one write transaction of a SQLite file, and send their writes to the database.

Guarantees: the writer's cache and the recent commits agree with the database. Both are cleared when another process
has written to the file and when a group is rolled back.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress

from connvo.kernel import clock
from connvo.settings import LimitSettings, StoreSettings
from connvo.store.commit_log import Commit, encode_keys
from connvo.store.log_retention import LogRetention
from connvo.store.mutation_queue import Answer, Job
from connvo.store.query import logging
from connvo.store.snapshot import Budget
from connvo.store.transaction import Transaction
from connvo.store.write_buffer import WriteBuffer
from connvo.store.writer_cache import WriterCache

from .rows import FAULTS_OF_THE_CALLER, SqliteRows


class Group:
    """Mutations that share one commit; `answers` has one entry per job, sent after that commit.

    `seq` and `ts` are the clock after the last of them.
    """

    __slots__ = ("jobs", "answers", "commits", "buffer", "seq", "ts")

    def __init__(self) -> None:
        self.jobs: list[Job[object]] = []
        self.answers: list[Answer] = []
        self.commits: list[Commit] = []
        self.buffer = WriteBuffer()
        self.seq = self.ts = 0


class Writer:
    """The writing connection; `floor` returns the smallest timestamp that a commit may get.

    `recent` are the commits of the last group. Followers of the log read these instead of the table.
    """

    def __init__(
        self, limits: LimitSettings, store: StoreSettings, now_ns: Callable[[], int], floor: Callable[[], int]
    ) -> None:
        self.recent: dict[int, Commit] = {}
        self._limits = limits
        self._now_ns = now_ns
        self._floor = floor
        self._cache = WriterCache()
        self._retention = LogRetention(store.log_retention_seconds, now_ns)
        self._data_version = -1

    def open(self, connection: sqlite3.Connection) -> None:
        """Write on this connection from now on."""
        self.connection = connection

    def begin(self, group: Group) -> None:
        """Begin the transaction of a group.

        Raises:
            sqlite3.Error: Another process keeps the file locked, or it cannot be written.
        """
        self.connection.execute("BEGIN IMMEDIATE")
        self._notice_other_writers()
        group.seq, group.ts = self.connection.execute("SELECT seq, ts FROM _clock").fetchone()

    def run(self, group: Group, job: Job[object]) -> None:
        """Run a mutation as the next one of the group. Its own error is its answer.

        Raises:
            sqlite3.Error: The database failed, or refused a write of this mutation.
        """
        group.jobs.append(job)
        wall = self._now_ns()
        at = clock.next_timestamp(group.ts, max(wall, self._floor()))
        rows, budget, now = SqliteRows(self.connection), Budget.of(self._limits), wall / clock.NS_PER_MS
        transaction = Transaction(rows, group.ts, budget, now, self._cache, group.buffer)
        try:
            job.run(transaction)
            transaction.commit_at(at)
            transaction.release()
        except Exception as error:
            if isinstance(error, sqlite3.Error) and not isinstance(error, FAULTS_OF_THE_CALLER):
                raise
            transaction.rollback()
            group.answers.append(error)
        else:
            if transaction.written:
                group.commits.append(Commit(group.seq + 1, at, transaction.written))
                group.seq, group.ts = group.seq + 1, at
            group.answers.append(group.ts)
        if group.buffer.broken is not None:
            raise group.buffer.broken

    def write(self, group: Group) -> None:
        """Send the writes of a group to the database.

        Raises:
            sqlite3.Error: The database failed, or refused one of the writes.
        """
        rows = SqliteRows(self.connection)
        group.buffer.flush(rows)
        log = [(commit.seq, commit.ts, encode_keys(commit.written)) for commit in group.commits]
        rows.many(logging(rows.dialect), log)
        rows.run("UPDATE _clock SET seq = ?, ts = ?", (group.seq, group.ts))
        self._retention.trim(rows, len(log))
        # No reader can see these commits before the database has committed them.
        self.recent = {commit.seq: commit for commit in group.commits}

    def end(self) -> None:
        """End the transaction of a group that wrote nothing."""
        self.connection.execute("ROLLBACK")

    def roll_back(self) -> None:
        """Undo the transaction of a group, if one is open."""
        self._forget()
        if self.connection.in_transaction:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    def _notice_other_writers(self) -> None:
        version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            self._data_version = version
            self._forget()

    def _forget(self) -> None:
        self._cache.clear()
        self.recent = {}
