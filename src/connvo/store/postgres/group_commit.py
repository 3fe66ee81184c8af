"""Commit the mutations of one node on PostgreSQL in groups, one transaction per group, one group at a time.

States of a group:
    OPTIMISTIC: valid -> committed; conflict -> OPTIMISTIC, from the third attempt LOCKED; invalid statement -> LOCKED.
    LOCKED: committed; conflict -> LOCKED; invalid statement -> each mutation as a group of its own.
    Either: another error of the database, or conflicts for `TRY_SECONDS` -> answered with this error.

The optimistic strategy runs the group without a lock and records what it reads. Then it locks the clock, which orders
the commits of all nodes, and compares the reads with the commits since the group began. If no commit touched them,
the group is equivalent to one that ran at this moment. The locked strategy locks the clock first, so that no other
node can commit meanwhile. Only then is a mutation certainly at fault for an invalid statement.
"""

import random
from collections.abc import Sequence
from itertools import chain, count
from time import monotonic, sleep
from typing import Protocol, TypeAlias

import msgspec
import psycopg

from connvo.settings import StoreSettings
from connvo.store.commit_log import Commit
from connvo.store.engine import StoreBusy, StoreError
from connvo.store.mutation_queue import Answer, Job

from .rows import CONFLICTS, FAULTS_OF_THE_CALLER, Clock, Connection, lock_clock, read_clock, unavailable
from .writer import Group, Writer

TRY_SECONDS = 5.0
LOCKED_FROM_TRY, MAX_DOUBLINGS = 3, 6
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.001, 0.05


class GroupResult(msgspec.Struct, frozen=True):
    """The answers of the first mutations of a group, and the commits of the group.

    The other mutations have not been run, or were rolled back.
    """

    answers: list[Answer]
    commits: list[Commit] = []


class Conflict(msgspec.Struct, frozen=True):
    """Another transaction was in the way of a group, which was rolled back."""


class InvalidStatement(msgspec.Struct, frozen=True):
    """The database refused a statement of a mutation; the group was rolled back."""

    error: psycopg.Error


Attempt: TypeAlias = GroupResult | Conflict | InvalidStatement


class Strategy(Protocol):
    """A way to run a group as if no other node committed meanwhile."""

    def begin(self, writer: Writer) -> tuple[Connection, Clock]:
        """Begin the transaction of a group."""
        ...

    def confirm(self, writer: Writer, connection: Connection, group: Group, began: Clock) -> Clock | None:
        """Return the clock that the commits of a group follow, locked if it writes; None if a conflict prevents it."""
        ...


class Optimistic:
    """Run first, then lock the clock and validate the reads."""

    def begin(self, writer: Writer) -> tuple[Connection, Clock]:
        """Begin the transaction of a group."""
        return writer.begin(read_clock)

    def confirm(self, writer: Writer, connection: Connection, group: Group, began: Clock) -> Clock | None:
        """Return the clock, locked if the group writes, unless a commit since the beginning touches its reads."""
        found = (lock_clock if group.writing() else read_clock)(connection, began.seq)
        return found.clock if writer.validate(found, group) else None


class Locked:
    """Lock the clock first."""

    def begin(self, writer: Writer) -> tuple[Connection, Clock]:
        """Begin the transaction of a group and lock the clock."""
        return writer.begin(lock_clock)

    def confirm(self, writer: Writer, connection: Connection, group: Group, began: Clock) -> Clock | None:
        """Return the clock of the beginning, which cannot have changed."""
        return began


OPTIMISTIC, LOCKED = Optimistic(), Locked()


class GroupCommit:
    """The groups of one node, which run in one thread."""

    def __init__(self, writer: Writer, settings: StoreSettings) -> None:
        self._writer = writer
        self._group_seconds = settings.group_seconds

    def run(self, jobs: Sequence[Job[object]]) -> GroupResult:
        """Run mutations as one group, or, if one of them has an invalid statement, each as a group of its own."""
        result = self._repeat(jobs)
        if isinstance(result, GroupResult):
            return result
        if len(jobs) == 1:
            return GroupResult([result.error])
        apart = [self._run_alone(job) for job in jobs]
        answers, commits = [one.answers for one in apart], [one.commits for one in apart]
        return GroupResult([*chain.from_iterable(answers)], [*chain.from_iterable(commits)])

    def _run_alone(self, job: Job[object]) -> GroupResult:
        result = self._repeat([job])
        return result if isinstance(result, GroupResult) else GroupResult([result.error])

    def _repeat(self, jobs: Sequence[Job[object]]) -> GroupResult | InvalidStatement:
        """Attempt a group until no conflict prevents it; an invalid statement counts under the lock only."""
        strategy: Strategy = OPTIMISTIC
        until = monotonic() + TRY_SECONDS
        for nth in count(1):
            if nth >= LOCKED_FROM_TRY:
                strategy = LOCKED
            attempt = self._attempt(jobs, strategy)
            if isinstance(attempt, GroupResult):
                return attempt
            if isinstance(attempt, InvalidStatement):
                if strategy is LOCKED:
                    return attempt
                strategy = LOCKED  # another node may have interfered
                continue
            if monotonic() > until:
                break
            most = min(FIRST_PAUSE_SECONDS * 2 ** min(nth, MAX_DOUBLINGS), MAX_PAUSE_SECONDS)
            sleep(random.uniform(0, most))
        return _failed(jobs, StoreBusy("too many other mutations change the same documents; try again"))

    def _attempt(self, jobs: Sequence[Job[object]], strategy: Strategy) -> Attempt:
        """Run a group once. Unless it is committed, nothing of it remains."""
        try:
            return self._run(jobs, strategy)
        except BaseException as error:
            self._writer.roll_back()
            if isinstance(error, CONFLICTS):
                return Conflict()
            if isinstance(error, FAULTS_OF_THE_CALLER):
                return InvalidStatement(error)
            if isinstance(error, StoreError):
                return _failed(jobs, error)
            if isinstance(error, psycopg.Error):
                return _failed(jobs, unavailable("written", error))
            raise

    def _run(self, jobs: Sequence[Job[object]], strategy: Strategy) -> GroupResult | Conflict:
        connection, began = strategy.begin(self._writer)
        group = Group()
        until = monotonic() + self._group_seconds
        for job in jobs:
            self._writer.run(connection, group, job, began)
            if monotonic() > until:
                break
        now = strategy.confirm(self._writer, connection, group, began)
        if now is None:
            self._writer.end()
            return Conflict()
        commits = self._writer.stamp(group, now)
        if commits:
            self._writer.commit(connection, group, commits)
        else:
            connection.execute("ROLLBACK")
        return GroupResult(group.answers(commits, now.ts), commits)


def _failed(jobs: Sequence[Job[object]], error: StoreError) -> GroupResult:
    return GroupResult([error] * len(jobs))
