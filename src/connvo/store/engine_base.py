"""The common half of the engines: queue mutations, resolve their futures, and notify listeners.

One group of mutations runs at a time. An engine begins it in `_run_group` and ends it with `_finish`. Everything here
belongs to the event loop.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from connvo.kernel.fair_queue import FairQueue
from connvo.settings import LimitSettings, StoreSettings

from .commit_log import Commit, decode_keys
from .engine import SERVER, CommitListener, Committed, SnapshotAhead, SnapshotGone, StoreBusy
from .log_retention import drop_commits
from .read_set import ReadSet
from .snapshot import Budget, Snapshot
from .snapshot_pool import SnapshotPool
from .transaction import Transaction

T = TypeVar("T")


class Job(NamedTuple):
    """A queued mutation, the future of its result, and the person it belongs to."""

    work: Callable[[Transaction], Any]
    answered: asyncio.Future[Any]
    person: str


class EngineBase(ABC):
    """The part of an engine that is the same for every database; commits have timestamps of at least `_floor`."""

    _loop: asyncio.AbstractEventLoop
    _secret: bytes
    _pins: SnapshotPool[Any]

    def __init__(self, limits: LimitSettings | None, store: StoreSettings | None) -> None:
        self._limits = limits or LimitSettings()
        self._store = store or StoreSettings()
        self._queue: FairQueue[Job] = FairQueue()
        self._floor = 0
        self._busy = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._local_listeners: list[CommitListener] = []
        self._remote_listeners: list[CommitListener] = []
        self._pin_timer: asyncio.TimerHandle | None = None

    @abstractmethod
    async def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Run `work` on the newest snapshot, or on the one at timestamp `at`.

        A snapshot that is not pinned is read from the newest one, provided that nothing `work` read has changed since.

        Raises:
            SnapshotAhead: The timestamp is in the future.
            SnapshotGone: The snapshot is no longer kept, and something that was read has changed.
            StoreUnavailable: The database cannot be reached.
        """

    async def write(self, work: Callable[[Transaction], T], person: str = SERVER) -> Committed[T]:
        """Run `work` in a transaction; return once it is on disk.

        Raises:
            OutcomeUnknown: The connection was lost during the commit.
            StoreBusy: Too many mutations are waiting.
            StoreUnavailable: The database cannot be written.
        """
        return await self.begin(work, person)

    def begin(self, work: Callable[[Transaction], T], person: str = SERVER) -> asyncio.Future[Committed[T]]:
        """Queue `work`; different persons take turns. The future has the result of `write`.

        Raises:
            StoreBusy: Too many mutations are waiting, in all or of this person.
        """
        if len(self._queue) >= self._limits.queued_mutations:
            raise StoreBusy("too many mutations are waiting; try again")
        if person != SERVER and self._queue.waiting(person) >= self._limits.queued_mutations_per_account:
            raise StoreBusy("too many mutations of this account are waiting; try again")
        future: asyncio.Future[Committed[T]] = self._loop.create_future()
        self._queue.put(person, Job(work, future, person))
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._loop.call_soon(self._run_group)
        return future

    @abstractmethod
    def now_ns(self) -> int:
        """Return wall time in nanoseconds since the epoch, the same on every node of the database."""

    async def pin(self, owner: str, only: int | None = None) -> int:
        """Return the newest timestamp and keep its snapshot readable for a while, within the owner's share.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        ts = await self._pin(owner, only)
        self._expire_pins()
        return ts

    def unpin(self, ts: int, owner: str) -> None:
        """End an owner's interest in the snapshot at a timestamp."""
        self._pins.release(ts, owner)

    def pinned(self, ts: int) -> bool:
        """Return whether the snapshot at a timestamp is kept."""
        return self._pins.at(ts) is not None

    async def scrub(self) -> bool:
        """Purge deleted data from the commit log and the files; return whether nothing is left of it.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        upto = await self.read(lambda db: db.sequence())
        while (await self.write(lambda db: drop_commits(db, upto))).value:
            pass
        self._pins.close()
        return await self._scrub_files()

    @abstractmethod
    async def _scrub_files(self) -> bool:
        """Purge deleted data from the files; return whether nothing is left of it."""

    async def advance_clock(self, ts: int) -> None:
        """Move the clock to at least `ts`; later commits have larger timestamps.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        if await self.read(lambda db: db.timestamp) >= ts:
            return
        self._floor = max(self._floor, ts)
        await self.write(lambda db: db.written.add(["_clock/reached"], [(ts,)]))

    async def commits(self, after_seq: int, limit: int) -> list[Commit]:
        """Return the commits after a position of the log, oldest first.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        return await self.read(lambda db: db.commits(after_seq, limit))

    def on_local_commits(self, listener: CommitListener) -> None:
        """Call `listener` with every group of local commits once it is on disk."""
        self._local_listeners.append(listener)

    def on_remote_commits(self, listener: CommitListener) -> None:
        """Call `listener` with commits of other nodes that the writer read, before later local ones."""
        self._remote_listeners.append(listener)

    def secret(self) -> bytes:
        """Return the 32 random bytes that the database got when it was created."""
        return self._secret

    def _requeue(self, jobs: Iterable[Job]) -> None:
        """Put jobs that were taken but not run back in front of the other jobs of their persons."""
        self._queue.requeue([(job.person, job) for job in jobs])

    @abstractmethod
    async def _pin(self, owner: str, only: int | None) -> int:
        """Take a pin in a thread that may wait for the database."""

    def _expire_pins(self) -> None:
        """Close expired pins now, and by a timer as long as any is open, so that an idle server closes them too."""
        if self._pin_timer is not None:
            self._pin_timer.cancel()
        left = self._pins.expire()
        self._pin_timer = None if left is None else self._loop.call_later(left, self._expire_pins)

    def _close_pins(self) -> None:
        if self._pin_timer is not None:
            self._pin_timer.cancel()
        self._pins.close()

    @abstractmethod
    def _run_group(self) -> None:
        """Begin a group of the queued jobs; the queue is not empty."""

    def _budget(self) -> Budget:
        return Budget.of(self._limits)

    def _finish(
        self, jobs: Iterable[Job], answers: Iterable[Any], commits: list[Commit], others: Sequence[Commit] = ()
    ) -> None:
        """Notify listeners, resolve the futures of a group, and begin the next one if jobs are queued.

        An exception in `answers` is raised from the future of its job.
        """
        for listeners, new in ((self._remote_listeners, others), (self._local_listeners, commits)):
            for listener in listeners if new else ():
                self._notify(listener, list(new))
        for job, answer in zip(jobs, answers, strict=True):
            if job.answered.cancelled():
                continue
            if isinstance(answer, BaseException):
                job.answered.set_exception(answer)
            else:
                job.answered.set_result(answer)
        if self._queue:
            # Callers resume first: a mutation that one of them cancels must not be begun meanwhile.
            self._loop.call_soon(self._run_group)
        else:
            self._busy = False
            self._idle.set()

    def _notify(self, listener: CommitListener, commits: list[Commit]) -> None:
        try:
            listener(commits)
        except Exception as error:
            self._loop.call_exception_handler({"message": "a commit listener failed", "exception": error})


def check_unchanged(db: Snapshot, at: int, reads: ReadSet) -> None:
    """Check that what was read from a newer snapshot was the same at timestamp `at`.

    Raises:
        SnapshotAhead: The timestamp is in the future.
        SnapshotGone: Something that was read has changed, or the log no longer reaches back to the timestamp.
    """
    if db.timestamp < at:
        raise SnapshotAhead(f"the snapshot at {at} is in the future")
    if db.timestamp == at:
        return
    oldest = db.rows.all("SELECT min(ts) FROM _log", ())[0][0]
    if oldest is not None and oldest <= at:
        rows = db.rows.all(f"SELECT keys FROM _log WHERE ts > {db.rows.dialect.placeholder}", (at,))
        if not any(decode_keys(keys).intersects(reads) for (keys,) in rows):
            return
    raise SnapshotGone(f"the snapshot at {at} is no longer kept")
