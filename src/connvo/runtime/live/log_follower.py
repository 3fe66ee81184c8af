"""Following the commit log: every commit reaches the subscriptions once, in order, and none is missed.

Hints (commits made here, the bus, or a poll) say that it is time to look. Those that bring the commits themselves spare
the look where they continue what was applied; what comes early waits a moment for what lies before it. A snapshot is
never shown before the log up to its timestamp has been applied, so a result that is not stale then is still right. A
read set that is registered late is held against what was applied meanwhile.
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
# Of a group of at most so many commits the hints bring them all: more are read from the log in less time.
MAX_DELTA_COMMITS = 64
MAX_HINT_COMMITS = 4  # mostly less than 8 kB, the most that PostgreSQL takes
# How long the hint of a commit is waited for when a later one is known.
GAP_SECONDS = 0.01


class LogDelta(msgspec.Struct, frozen=True):
    """The newest commit of a snapshot and its timestamp, and those not applied yet; None when the log has a hole."""

    newest: int
    ts: int
    commits: list[Commit] | None


class LogFollower:
    """The position up to which the log has been applied. `poll_seconds` bounds how late a lost hint can be."""

    def __init__(
        self, engine: Engine, subscriptions: Subscriptions, poll_seconds: float, bus: Bus | None = None
    ) -> None:
        self._engine = engine
        self._bus = bus or LocalBus()
        self._subscriptions = subscriptions
        self._memory = ReadCache()
        self._poll_seconds = poll_seconds
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._recent: deque[Commit] = deque(maxlen=REMEMBERED)
        self._early: dict[int, Commit] = {}
        self._due = 0.0
        self.seq = 0
        self.ts = 0

    async def start(self) -> None:
        """Begin at the end of the log."""
        self.seq, self.ts = await self._engine.read(lambda db: (db.sequence(), db.timestamp))
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
        """Take a hint that the log has grown up to a position, or that it may have grown."""
        if payload and (seq is None or seq > self.seq):
            with suppress(msgspec.DecodeError):
                self.apply(decode_commits(payload))
        self._due = max(self._due, math.inf if seq is None else seq)
        if self._due > self.seq:
            self._look.set()

    def apply(self, commits: list[Commit]) -> None:
        """Apply commits that continue the log; what was seen before is passed over, what is early has to wait."""
        for commit in commits:
            if commit.seq == self.seq + 1:
                self._apply(commit)
            elif commit.seq > self.seq and len(self._early) < REMEMBERED:
                self._early[commit.seq] = commit
        while (next_one := self._early.get(self.seq + 1)) is not None:
            self._apply(next_one)

    def _apply(self, commit: Commit) -> None:
        self._memory.apply(commit.written)  # before a reader in another thread can believe that this was done
        self.seq = commit.seq
        self.ts = commit.ts
        self._early.pop(commit.seq, None)
        self._recent.append(commit)
        self._subscriptions.apply(commit.written)

    def delta(self, db: Snapshot) -> LogDelta:
        """Return what a snapshot knows and was not applied yet. Only reads: it may run outside the event loop."""
        after, newest = self.seq, db.sequence()
        found: list[Commit] = []
        while after + len(found) < newest:
            more = db.commits(after + len(found), BATCH)
            if not more or more[0].seq != after + len(found) + 1:
                return LogDelta(newest, db.timestamp, None)
            found += more
        return LogDelta(newest, db.timestamp, found)

    def apply_delta(self, news: LogDelta) -> int:
        """Apply what a snapshot knows; return the position of the newest commit in it."""
        if news.commits is not None:
            self.apply(news.commits)
        elif self.seq < news.newest:
            self._memory.clear()
            self.seq, self.ts = news.newest, news.ts
            self._recent.clear()
            self._early.clear()
            self._subscriptions.touch_all()
        return news.newest

    def touched_since(self, seq: int, reads: ReadSet) -> bool:
        """Return whether a commit after `seq` that has already been applied touches a read set, or may have."""
        later = self._since(seq)
        return later is None or any(commit.written.intersects(reads) for commit in later)

    def snapshot_cache(self, news: LogDelta) -> SnapshotCache | None:
        """Return what was read before and is still true on the snapshot of these news; None where it is not kept."""
        if not self._engine.distant or news.commits is None:
            return None
        return SnapshotCache(self._memory, news.newest, news.commits)

    def learn(self, memories: SnapshotCache, seq: int) -> None:
        """Keep what was read besides on the snapshot of `seq`."""
        later = self._since(seq)
        if later is not None:
            self._memory.put(memories.found, seq, later)

    def _since(self, seq: int) -> list[Commit] | None:
        """Return the commits after `seq` that have been applied; None when they are no longer known."""
        if seq >= self.seq:
            return []
        if not self._recent or self._recent[0].seq > seq + 1:
            return None
        return [commit for commit in self._recent if commit.seq > seq]

    def _committed(self, commits: list[Commit]) -> None:
        """Apply commits made here and tell the others; when one of theirs lies before them, it is time to look."""
        self.apply(commits)
        self.wake(commits[-1].seq)
        told = range(0, len(commits), MAX_HINT_COMMITS) if len(commits) <= MAX_DELTA_COMMITS else ()
        for first in told:
            some = commits[first : first + MAX_HINT_COMMITS]
            self._bus.hint(some[-1].seq, encode_commits(some))
        if not told:
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
                # Whatever it is, the next look may find what this one did not; none at all would be silence for ever.
                log.error("tail_failed", exc_info=error)
                await asyncio.sleep(self._poll_seconds)

    async def _is_due(self) -> bool:
        """Wait for the next look; return whether it still is needed."""
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
