"""The common half of the engines: mutations, pins, listeners and the clock's floor.

One group of mutations runs at a time. An engine begins it in `_run_group` and ends it with `_finish`. Everything here
belongs to the event loop.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from connvo.settings import LimitSettings, StoreSettings

from .commit_listeners import CommitListeners
from .commit_log import Commit, decode_keys
from .engine import SERVER, CommitListener, Committed, SnapshotAhead, SnapshotGone
from .log_retention import drop_commits
from .mutation_queue import Answer, Job, MutationQueue
from .read_set import ReadSet
from .snapshot import Snapshot
from .snapshot_pool import C, ExpiryTimer, SnapshotPool
from .transaction import Transaction

T = TypeVar("T")


class EngineBase(ABC, Generic[C]):
    """The part of an engine that is the same for every database; commits have timestamps of at least `_floor`."""

    _secret: bytes

    def __init__(
        self,
        limits: LimitSettings | None,
        store: StoreSettings | None,
        open_snapshot: Callable[[], tuple[int, C]],
        round_seconds: float = 0.0,
    ) -> None:
        self._limits = limits or LimitSettings()
        self._store = store or StoreSettings()
        self._queue = MutationQueue(self._limits, self._run_group, round_seconds)
        self._listeners = CommitListeners()
        self._pins = SnapshotPool(open_snapshot, self._store)
        self._pin_timer = ExpiryTimer(self._pins)
        self._floor = 0
        self._memory: dict[type, Any] = {}

    @abstractmethod
    async def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Run `work` on the newest snapshot, or on the one at timestamp `at`.

        A snapshot that is not pinned is read from the newest one, provided that nothing `work` read has changed since.

        Raises:
            SnapshotAhead: The timestamp is in the future.
            SnapshotGone: The snapshot is no longer kept, and something that was read has changed.
            StoreUnavailable: The database cannot be reached.
        """

    async def write(self, work: Callable[[Transaction], T], person: str = SERVER, urgent: bool = False) -> Committed[T]:
        """Run `work` in a transaction; return once it is on disk.

        Raises:
            OutcomeUnknown: The connection was lost during the commit.
            StoreBusy: Too many mutations are waiting.
            StoreUnavailable: The database cannot be written.
        """
        return await self.begin(work, person, urgent)

    def queued(self) -> int:
        """Return how many mutations wait."""
        return len(self._queue)

    def begin(
        self, work: Callable[[Transaction], T], person: str = SERVER, urgent: bool = False
    ) -> asyncio.Future[Committed[T]]:
        """Queue `work`; different persons take turns, urgent work first. The future has the result of `write`.

        Raises:
            StoreBusy: Too many mutations are waiting, in all or of this person.
        """
        return self._queue.put(work, person, urgent)

    @abstractmethod
    def now_ns(self) -> int:
        """Return wall time in nanoseconds since the epoch, the same on every node of the database."""

    async def pin(self, owner: str, only: int | None = None) -> int:
        """Return the newest timestamp and keep its snapshot readable for a while, within the owner's share.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        ts = await self._pin(owner, only)
        self._pin_timer.run()
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
        upto = await self.read(lambda db: db.log.sequence())
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
        return await self.read(lambda db: db.log.commits(after_seq, limit))

    def on_local_commits(self, listener: CommitListener) -> None:
        """Call `listener` with every group of local commits once it is on disk."""
        self._listeners.local.append(listener)

    def on_remote_commits(self, listener: CommitListener) -> None:
        """Call `listener` with commits of other nodes that the writer read, before later local ones."""
        self._listeners.remote.append(listener)

    def secret(self) -> bytes:
        """Return the 32 random bytes that the database got when it was created."""
        return self._secret

    @abstractmethod
    async def _pin(self, owner: str, only: int | None) -> int:
        """Take a pin in a thread that may wait for the database."""

    @abstractmethod
    def _run_group(self) -> None:
        """Begin a group of the queued mutations."""

    def _finish(
        self,
        jobs: Iterable[Job[object]],
        answers: Iterable[Answer],
        local: Sequence[Commit],
        remote: Sequence[Commit] = (),
    ) -> None:
        """Notify listeners of commits, then answer the callers of a group."""
        self._listeners.publish(local, remote)
        self._queue.finish(jobs, answers)

    async def _end(self) -> None:
        """Finish the queued mutations and close the pins."""
        await self._queue.wait_idle()
        self._pin_timer.stop()
        self._pins.close()


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
