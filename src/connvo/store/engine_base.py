"""What every engine does alike: queueing mutations, answering who handed them over, telling who listens.

One group of mutations runs at a time. An engine begins it in `_run_group`, and ends it with `_finish`. Everything here
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
    """A mutation that was handed over, and whose it is."""

    work: Callable[[Transaction], Any]
    answered: asyncio.Future[Any]
    person: str


class EngineBase(ABC):
    """The part of an engine that knows no database. `_floor` is a timestamp below which no commit may come to lie."""

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
        self._listeners: list[CommitListener] = []
        self._overhearing: list[CommitListener] = []
        self._pin_timer: asyncio.TimerHandle | None = None

    @abstractmethod
    async def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Run `work` on the newest snapshot, or on the one at timestamp `at`.

        One that is no longer held is told from the newest, if nothing that `work` read has changed since.

        Raises:
            SnapshotGone: The snapshot is no longer held.
            SnapshotAhead: The timestamp has not been reached.
            StoreUnavailable: The database cannot be reached.
        """

    async def write(self, work: Callable[[Transaction], T], person: str = SERVER) -> Committed[T]:
        """Run `work` in a transaction; return once it is on disk.

        Raises:
            StoreBusy: Too many mutations are waiting.
            StoreUnavailable: The database cannot be reached.
        """
        return await self.begin(work, person)

    def begin(self, work: Callable[[Transaction], T], person: str = SERVER) -> asyncio.Future[Committed[T]]:
        """Queue `work`; people have theirs run in turn. Comes to what `write` comes to.

        Raises:
            StoreBusy: At once.
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
        """Return the newest timestamp and keep its snapshot readable for a while, within the owner's share."""
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
        """Take what was deleted out of the log of commits and out of the files; return whether nothing is left."""
        upto = await self.read(lambda db: db.sequence())
        while (await self.write(lambda db: drop_commits(db, upto))).value:
            pass
        self._pins.close()
        return await self._scrub_files()

    @abstractmethod
    async def _scrub_files(self) -> bool:
        """Take what was deleted out of the files; return whether nothing is left."""

    async def advance_clock(self, ts: int) -> None:
        """Move the clock to at least `ts`; commits from then on lie above it."""
        if await self.read(lambda db: db.timestamp) >= ts:
            return
        self._floor = max(self._floor, ts)
        await self.write(lambda db: db.written.add(["_clock/reached"], [(ts,)]))

    async def commits(self, after_seq: int, limit: int) -> list[Commit]:
        """Return the commits after a position of the log, oldest first."""
        return await self.read(lambda db: db.commits(after_seq, limit))

    def on_local_commits(self, listener: CommitListener) -> None:
        """Call back with every group of commits made here, after they are on disk."""
        self._listeners.append(listener)

    def on_remote_commits(self, listener: CommitListener) -> None:
        """Call back with commits of others that came up while mutations ran here, before those of a group are told."""
        self._overhearing.append(listener)

    def secret(self) -> bytes:
        """Return the database's own 32 random bytes, made when it was created."""
        return self._secret

    def _requeue(self, jobs: Iterable[Job]) -> None:
        """Queue jobs again that were taken from the queue and left no trace, before the others of their people."""
        self._queue.requeue([(job.person, job) for job in jobs])

    @abstractmethod
    async def _pin(self, owner: str, only: int | None) -> int:
        """Take a pin, wherever that may wait for the database."""

    def _expire_pins(self) -> None:
        """Close pins whose time is over, now and as long as there are any: also where nothing else happens."""
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
        """Begin a group of what is queued, of which there is some."""

    def _budget(self) -> Budget:
        return Budget.of(self._limits)

    def _finish(
        self, jobs: Iterable[Job], answers: Iterable[Any], commits: list[Commit], others: Sequence[Commit] = ()
    ) -> None:
        """Answer the jobs of a group, an exception where one failed, and go on with what is queued."""
        for listeners, news in ((self._overhearing, others), (self._listeners, commits)):
            for listener in listeners if news else ():
                self._tell(listener, list(news))
        for job, answer in zip(jobs, answers, strict=True):
            if job.answered.cancelled():
                continue
            if isinstance(answer, BaseException):
                job.answered.set_exception(answer)
            else:
                job.answered.set_result(answer)
        if self._queue:
            # After those who wait have heard: what one of them gives up must not be begun meanwhile.
            self._loop.call_soon(self._run_group)
        else:
            self._busy = False
            self._idle.set()

    def _tell(self, listener: CommitListener, commits: list[Commit]) -> None:
        try:
            listener(commits)
        except Exception as error:
            self._loop.call_exception_handler({"message": "a listener to commits failed", "exception": error})


def check_unchanged(db: Snapshot, at: int, reads: ReadSet) -> None:
    """Raise SnapshotAhead or SnapshotGone unless what was read is the same as it was at `at`."""
    if db.timestamp < at:
        raise SnapshotAhead(f"the snapshot at {at} lies in the future")
    if db.timestamp == at:
        return
    oldest = db.rows.all("SELECT min(ts) FROM _log", ())[0][0]
    if oldest is not None and oldest <= at:
        rows = db.rows.all(f"SELECT keys FROM _log WHERE ts > {db.rows.dialect.placeholder}", (at,))
        if not any(decode_keys(keys).intersects(reads) for (keys,) in rows):
            return
    raise SnapshotGone(f"the snapshot at {at} is no longer kept")
