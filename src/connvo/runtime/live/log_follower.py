"""The follower of the commit log, which applies each commit to the subscriptions.

Guarantees: every commit is applied once, in order, and none is missed. A snapshot is never shown before the log up to
its timestamp has been applied, so a result that is not stale then is still right. A read set that is registered late is
compared with the commits that were applied meanwhile.

Hints (local commits, the bus, or a poll) start a look at the log. A hint that carries the next commits spares the look;
commits that arrive early wait a moment for those before them.
"""

import asyncio
import math
from collections import deque
from contextlib import suppress

import msgspec
import structlog

from connvo.bus.base import NO_PAYLOAD, Bus
from connvo.bus.local import LocalBus
from connvo.store.commit_log import Commit, decode_commits, encode_commits
from connvo.store.engine import Engine, StoreError
from connvo.store.read_cache import ReadCache, SnapshotCache
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot

from .subscriptions import Subscriptions

log = structlog.get_logger()
BATCH = 1000
REMEMBERED = 256
# The hints of a group of at most so many commits carry them all: a larger group is read from the log in less time.
MAX_DELTA_COMMITS = 64
MAX_HINT_COMMITS = 4  # mostly less than 8 kB, the most that PostgreSQL takes
# Time limit for the hint of a commit when a later one is known.
GAP_SECONDS = 0.01


class LogDelta(msgspec.Struct, frozen=True):
    """The newest commit of a snapshot, its timestamp, and the commits to apply; None when the log has a gap."""

    newest: int
    ts: int
    commits: list[Commit] | None


class LogFollower:
    """The position up to which the log has been applied. `poll_seconds` bounds the delay when a hint is lost."""

    def __init__(
        self, engine: Engine, subscriptions: Subscriptions, poll_seconds: float, bus: Bus | None = None
    ) -> None:
        self._engine = engine
        self._bus = bus or LocalBus()
        self._subscriptions = subscriptions
        self._read_cache = ReadCache()
        self._poll_seconds = poll_seconds
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._recent: deque[Commit] = deque(maxlen=REMEMBERED)
        self._early: dict[int, Commit] = {}
        self._due = 0.0
        self.seq = 0
        self.ts = 0

    async def start(self) -> None:
        """Start at the end of the log."""
        self.seq, self.ts = await self._engine.read(lambda db: (db.log.sequence(), db.timestamp))
        self._engine.on_local_commits(self._committed)
        self._engine.on_remote_commits(self.apply)
        self._task = asyncio.create_task(self._follow(), name="tail")
        await self._bus.open(self.wake)

    async def stop(self) -> None:
        """Stop following."""
        await self._bus.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self, seq: int | None, payload: str = NO_PAYLOAD) -> None:
        """Take a hint that the log has grown to a position, or that it may have grown."""
        if payload and (seq is None or seq > self.seq):
            with suppress(msgspec.DecodeError):
                self.apply(decode_commits(payload))
        self._due = max(self._due, math.inf if seq is None else seq)
        if self._due > self.seq:
            self._look.set()

    def apply(self, commits: list[Commit]) -> None:
        """Apply commits that continue the log; skip those applied before, and keep those that are early."""
        for commit in commits:
            if commit.seq == self.seq + 1:
                self._apply(commit)
            elif commit.seq > self.seq and len(self._early) < REMEMBERED:
                self._early[commit.seq] = commit
        while (next_one := self._early.get(self.seq + 1)) is not None:
            self._apply(next_one)

    def _apply(self, commit: Commit) -> None:
        self._read_cache.apply(commit.written)  # first: a reader in another thread trusts `seq`
        self.seq = commit.seq
        self.ts = commit.ts
        self._early.pop(commit.seq, None)
        self._recent.append(commit)
        self._subscriptions.apply(commit.written)

    def delta(self, db: Snapshot) -> LogDelta:
        """Return the commits of a snapshot that are not applied yet. Only reads: it may run outside the event loop."""
        after, newest = self.seq, db.log.sequence()
        found: list[Commit] = []
        while after + len(found) < newest:
            more = db.log.commits(after + len(found), BATCH)
            if not more or more[0].seq != after + len(found) + 1:
                return LogDelta(newest, db.timestamp, None)
            found += more
        return LogDelta(newest, db.timestamp, found)

    def apply_delta(self, delta: LogDelta) -> int:
        """Apply the commits of a snapshot; return the position of the newest one in it."""
        if delta.commits is not None:
            self.apply(delta.commits)
        elif self.seq < delta.newest:
            self._read_cache.clear()
            self.seq, self.ts = delta.newest, delta.ts
            self._recent.clear()
            self._early.clear()
            self._subscriptions.touch_all()
        return delta.newest

    def touched_since(self, seq: int, reads: ReadSet) -> bool:
        """Return whether an applied commit after `seq` touches a read set, or may touch it."""
        later = self._since(seq)
        return later is None or any(commit.written.intersects(reads) for commit in later)

    def snapshot_cache(self, delta: LogDelta) -> SnapshotCache | None:
        """Return the cached reads that hold on the snapshot of a delta; None where reads are not cached."""
        if not self._engine.distant or delta.commits is None:
            return None
        return SnapshotCache(self._read_cache, delta.newest, delta.commits)

    def learn(self, cache: SnapshotCache, seq: int) -> None:
        """Cache what was read from the database on the snapshot of `seq`."""
        later = self._since(seq)
        if later is not None:
            self._read_cache.put(cache.found, seq, later)

    def _since(self, seq: int) -> list[Commit] | None:
        """Return the applied commits after `seq`; None when they are no longer remembered."""
        if seq >= self.seq:
            return []
        if not self._recent or self._recent[0].seq > seq + 1:
            return None
        return [commit for commit in self._recent if commit.seq > seq]

    def _committed(self, commits: list[Commit]) -> None:
        """Apply local commits and send them to the other nodes; look at the log if one of theirs comes first."""
        self.apply(commits)
        self.wake(commits[-1].seq)
        chunks = range(0, len(commits), MAX_HINT_COMMITS) if len(commits) <= MAX_DELTA_COMMITS else ()
        for first in chunks:
            some = commits[first : first + MAX_HINT_COMMITS]
            self._bus.hint(some[-1].seq, encode_commits(some))
        if not chunks:
            self._bus.hint(commits[-1].seq)

    async def _follow(self) -> None:
        while True:
            if not await self._is_due():
                continue
            try:
                self.apply_delta(await self._engine.read(self.delta))
            except StoreError as error:
                log.warning("tail_store_unavailable", reason=error.message)
                await asyncio.sleep(self._poll_seconds)
            except Exception as error:
                # The next look may succeed. Without one, no client would get an update again.
                log.error("tail_failed", exc_info=error)
                await asyncio.sleep(self._poll_seconds)

    async def _is_due(self) -> bool:
        """Wait for a hint or the poll; return whether a look is still needed."""
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._look.wait()
        except TimeoutError:
            return True
        self._look.clear()
        if self._early:
            await asyncio.sleep(GAP_SECONDS)
        due, self._due = self._due, 0.0
        return due > self.seq
