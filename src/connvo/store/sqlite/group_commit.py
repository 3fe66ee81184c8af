"""Commit queued mutations in groups: one transaction and one wait for the disk per group.

States:
    IDLE: mutations are queued -> RUNNING.
    RUNNING, on the event loop: writes were sent -> COMMITTING; nothing to write -> answered, IDLE; error -> `recover`.
    COMMITTING, in a thread: on disk -> answered, IDLE; error -> `recover`.

`recover(cause)` rolls the group back and leads to IDLE. If a statement of a mutation was at fault, the mutations are
queued again, to run in groups of one. Otherwise `StoreUnavailable` with the cause is the answer of all of them.

Guarantees:
    A mutation is answered after its commit is on disk, or after it was rolled back. Errors of mutations are answered
    then too, because they may depend on the uncommitted writes of an earlier mutation of the group.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from time import monotonic
from typing import TypeAlias

from connvo.settings import StoreSettings
from connvo.store.commit_log import Commit
from connvo.store.engine import StoreUnavailable
from connvo.store.mutation_queue import Answer, Job, MutationQueue
from connvo.store.snapshot_pool import SnapshotPool

from .rows import FAULTS_OF_THE_CALLER
from .write_ahead_log import WriteAheadLog
from .writer import Group, Writer

Finish: TypeAlias = Callable[[Sequence[Job[object]], Sequence[Answer], Sequence[Commit]], None]


class State(Enum):
    """The states of the module's docstring."""

    IDLE = auto()
    RUNNING = auto()
    COMMITTING = auto()


class GroupCommit:
    """The groups of one file, one at a time; `finish` gets the answers and commits of each."""

    def __init__(
        self,
        queue: MutationQueue,
        writer: Writer,
        log: WriteAheadLog,
        pins: SnapshotPool[sqlite3.Connection],
        settings: StoreSettings,
        finish: Finish,
    ) -> None:
        self.state = State.IDLE
        self._queue = queue
        self._writer = writer
        self._log = log
        self._pins = pins
        self._settings = settings
        self._finish = finish
        self._thread = ThreadPoolExecutor(1, "connvo-commit")
        self._group = Group()
        self._alone = 0  # mutations still to run in groups of one, because their group had a fault
        self._repeated: Job[object] | None = None  # the mutation whose fault was answered by another run alone

    def run(self) -> None:
        """Run queued mutations in one transaction and hand its commit to the thread."""
        group = self._group = Group()
        self.state = State.RUNNING
        self._limit_pins()
        try:
            self._run_jobs(group)
            if group.commits:
                self._writer.write(group)
            else:
                self._writer.end()
        except BaseException as cause:
            self.recover(cause)
            if not isinstance(cause, sqlite3.Error):
                raise
            return
        if group.commits:
            self._commit()
        else:
            self._answer(group.jobs, group.answers, ())

    def recover(self, cause: BaseException) -> None:
        """Roll back the whole group, none of which has reached the disk; run its mutations alone, or fail them."""
        jobs, answer = self._group.jobs, cause
        at_fault = self.state is State.RUNNING and bool(jobs) and isinstance(cause, FAULTS_OF_THE_CALLER)
        self._writer.roll_back()
        if at_fault and self._may_run_alone(jobs):
            self.state = State.IDLE
            self._queue.requeue(jobs)
            self._queue.run_soon()
            return
        if not at_fault:
            # If no transaction could begin, the queued mutations would fail in the same way.
            jobs = jobs or self._queue.drain()
            answer = StoreUnavailable(f"the database cannot be written: {cause}")
        self._answer(jobs, [answer] * len(jobs), ())

    def close(self) -> None:
        """End the thread; no group may be running."""
        self._thread.shutdown()

    def _limit_pins(self) -> None:
        """Close expired snapshots, or all of them while the write-ahead log is too large."""
        self._pins.expire()
        if self._log.too_large:
            self._pins.bar()
        else:
            self._pins.admit()

    def _run_jobs(self, group: Group) -> None:
        self._writer.begin(group)
        until = monotonic() + self._settings.group_seconds
        most = 1 if self._alone else self._settings.group_size
        self._alone = max(self._alone - 1, 0)
        while self._queue and len(group.jobs) < most:
            self._writer.run(group, self._queue.take())
            if monotonic() > until:
                break

    def _commit(self) -> None:
        self.state = State.COMMITTING
        loop = asyncio.get_running_loop()
        done = self._thread.submit(self._log.commit, self._writer.connection)
        done.add_done_callback(lambda future: loop.call_soon_threadsafe(self._committed, future.exception()))

    def _committed(self, error: BaseException | None) -> None:
        if error is not None:
            self.recover(error)
        else:
            self._answer(self._group.jobs, self._group.answers, self._group.commits)

    def _answer(self, jobs: Sequence[Job[object]], answers: Sequence[Answer], commits: Sequence[Commit]) -> None:
        self.state = State.IDLE
        self._finish(jobs, answers, commits)

    def _may_run_alone(self, jobs: list[Job[object]]) -> bool:
        """Return whether to run the mutations of a group with a fault again, in groups of one.

        One that ran alone is repeated once: a mutation may check more closely on its second run.
        """
        if len(jobs) == 1:
            if self._repeated is jobs[0]:
                return False
            self._repeated = jobs[0]
        self._alone = len(jobs)
        return True
