"""Keep snapshots open for a while, so that several reads can use one timestamp.

An open snapshot prevents the database from removing old rows and from restarting its log. Therefore the number of
snapshots is bounded, in all and per owner. Each has a time limit, and at intervals all of them are closed.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, Protocol, TypeVar

from connvo.settings import StoreSettings


class Closable(Protocol):
    """A connection that reads a snapshot."""

    def close(self) -> None:
        """End the snapshot."""
        ...


C = TypeVar("C", bound=Closable)
# A new span begins once no snapshot has been open for this long, which is enough for a commit.
GAP_SECONDS = 1.0


class PinnedSnapshot(Generic[C]):
    """One open snapshot, its expiry in monotonic seconds, and its owners."""

    __slots__ = ("connection", "until", "owners")

    def __init__(self, connection: C) -> None:
        self.connection = connection
        self.until = 0.0
        self.owners: set[str] = set()


class SnapshotPool(Generic[C]):
    """Open read transactions, oldest first; safe to use from several threads.

    `begin` returns the timestamp of a new snapshot and the connection that reads it. An owner at its share loses its
    own oldest pin to a new one. When the pool is full, the owner with the most pins loses its oldest, unless the new
    owner would then have as many.

    Guarantees: at most `snapshots` are open, and at most `snapshots_per_account` per owner. None stays open longer
    than `snapshot_ttl` seconds after its last request. After at most `snapshot_span` seconds all are closed for
    `GAP_SECONDS`.
    """

    def __init__(self, begin: Callable[[], tuple[int, C]], settings: StoreSettings) -> None:
        self._begin = begin
        self._settings = settings
        self._held: OrderedDict[int, PinnedSnapshot[C]] = OrderedDict()
        self._closed_at = -math.inf  # when the pool last became empty
        self._span_ends = -math.inf
        self._barred = False
        self._lock = Lock()

    def take(self, owner: str, only: int | None = None) -> int:
        """Open a snapshot and return its timestamp; one that is open already is prolonged.

        `only`: keep the snapshot only if it has this timestamp. It is not kept either if the owner gets no place.
        """
        self.expire()
        ts, connection = self._begin()
        with self._lock:
            now = monotonic()
            if ts in self._held:
                connection.close()
            elif only in (None, ts) and self._may_open(now) and self._make_room(owner):
                self._held[ts] = PinnedSnapshot(connection)
            else:
                connection.close()
                return ts
            self._join(ts, owner, now)
        return ts

    def at(self, ts: int) -> C | None:
        """Return the connection that reads at `ts`, or None if no snapshot is open there."""
        self.expire()
        held = self._held.get(ts)
        return None if held is None else held.connection

    def release(self, ts: int, owner: str) -> None:
        """End an owner's interest in a snapshot; it closes with its last owner."""
        with self._lock:
            self._release(ts, owner)

    def forget(self, ts: int) -> None:
        """Close a snapshot that can no longer be read."""
        with self._lock:
            if ts in self._held:
                self._close(ts)

    def bar(self) -> None:
        """Close every snapshot, and refuse new ones until `admit`."""
        self._barred = True
        self.close()

    def admit(self) -> None:
        """Allow snapshots again."""
        self._barred = False

    def close(self) -> None:
        """Close every snapshot."""
        with self._lock:
            for ts in list(self._held):
                self._close(ts)

    def expire(self) -> float | None:
        """Close expired snapshots; return the seconds until the next expiry, or None if none is open."""
        if not self._held:
            return None
        now = monotonic()
        with self._lock:
            for ts in [ts for ts, pin in self._held.items() if pin.until <= now]:
                self._close(ts)
            return min((pin.until - now for pin in self._held.values()), default=None)

    def _may_open(self, now: float) -> bool:
        if self._barred:
            return False
        if not self._held and now - self._closed_at >= GAP_SECONDS:
            self._span_ends = now + self._settings.snapshot_span_seconds
        return now < self._span_ends

    def _make_room(self, owner: str) -> bool:
        self._keep_share(owner)
        if len(self._held) < self._settings.snapshots:
            return True
        owners = {each for pin in self._held.values() for each in pin.owners}
        most = max(owners, key=self._count)
        if self._count(most) <= self._count(owner) + 1:
            return False
        self._release_oldest(most)
        return len(self._held) < self._settings.snapshots

    def _join(self, ts: int, owner: str, now: float) -> None:
        pin = self._held[ts]
        if owner not in pin.owners:
            self._keep_share(owner)
        pin.owners.add(owner)
        pin.until = min(now + self._settings.snapshot_ttl_seconds, self._span_ends)
        self._held.move_to_end(ts)

    def _count(self, owner: str) -> int:
        return sum(owner in pin.owners for pin in self._held.values())

    def _keep_share(self, owner: str) -> None:
        """Release the oldest pin of an owner that has used up its share."""
        if self._count(owner) >= self._settings.snapshots_per_account:
            self._release_oldest(owner)

    def _release_oldest(self, owner: str) -> None:
        self._release(next(ts for ts, pin in self._held.items() if owner in pin.owners), owner)

    def _release(self, ts: int, owner: str) -> None:
        pin = self._held.get(ts)
        if pin is not None:
            pin.owners.discard(owner)
            if not pin.owners:
                self._close(ts)

    def _close(self, ts: int) -> None:
        self._held.pop(ts).connection.close()
        if not self._held:
            self._closed_at = monotonic()


class Expiring(Protocol):
    """A pool with entries that expire."""

    def expire(self) -> float | None:
        """Close expired entries; return the seconds until the next expiry, or None if none is open."""
        ...


class ExpiryTimer:
    """A timer that closes expired entries of a pool while any is open, so that an idle server closes them too."""

    __slots__ = ("_pool", "_handle")

    def __init__(self, pool: Expiring) -> None:
        self._pool = pool
        self._handle: asyncio.TimerHandle | None = None

    def run(self) -> None:
        """Close expired entries now, and again at the next expiry."""
        self.stop()
        left = self._pool.expire()
        if left is not None:
            self._handle = asyncio.get_running_loop().call_later(left, self.run)

    def stop(self) -> None:
        """Cancel the timer."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
