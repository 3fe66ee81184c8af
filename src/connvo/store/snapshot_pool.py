"""Snapshots kept open for a while, so that several reads can be made at one timestamp.

While one is open the database cannot clear away old rows, nor begin its log again. So they are few in all and few for
each owner, each is closed in time, and now and then none is open at all.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, Protocol, TypeVar

from connvo.settings import StoreSettings


class Closable(Protocol):
    """What a snapshot is read by."""

    def close(self) -> None:
        """End the snapshot."""
        ...


C = TypeVar("C", bound=Closable)
# How long none must have been open for the span to begin again: long enough for a commit.
GAP_SECONDS = 1.0


class PinnedSnapshot(Generic[C]):
    """One open snapshot, until a time (monotonic seconds) at most, and the owners it is held for."""

    __slots__ = ("connection", "until", "owners")

    def __init__(self, connection: C) -> None:
        self.connection = connection
        self.until = 0.0
        self.owners: set[str] = set()


class SnapshotPool(Generic[C]):
    """Open read transactions, oldest first. May be used from several threads.

    `begin` returns the timestamp of a new snapshot and the connection that reads it. An owner at its share gives up
    its own oldest pin for a new one; where all places are taken it is the owner with the most that gives one up, and a
    newcomer who would have as many as that gets none.

    Guarantees: at most `snapshots` are open, at most `snapshots_per_account` for an owner, none longer than
    `snapshot_ttl` seconds after it was last asked for, and after at most `snapshot_span` seconds all are closed for
    `GAP_SECONDS`.
    """

    def __init__(self, begin: Callable[[], tuple[int, C]], settings: StoreSettings) -> None:
        self._begin = begin
        self._settings = settings
        self._held: OrderedDict[int, PinnedSnapshot[C]] = OrderedDict()
        self._closed_at = -math.inf  # when the last one that was open was closed
        self._span_ends = -math.inf
        self._barred = False
        self._lock = Lock()

    def take(self, owner: str, only: int | None = None) -> int:
        """Open a snapshot and return its timestamp; one that is held already is prolonged.

        `only`: keep it only if it is this timestamp's. None is kept where there is no place for the owner.
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
        """Return the connection that reads at `ts`, or None when it is not held."""
        self.expire()
        held = self._held.get(ts)
        return None if held is None else held.connection

    def release(self, ts: int, owner: str) -> None:
        """End an owner's interest in a snapshot, which closes with the last one."""
        with self._lock:
            self._release(ts, owner)

    def forget(self, ts: int) -> None:
        """Give up a snapshot that can no longer be read."""
        with self._lock:
            if ts in self._held:
                self._close(ts)

    def bar(self) -> None:
        """Close every snapshot and open none until `admit`."""
        self._barred = True
        self.close()

    def admit(self) -> None:
        """Open snapshots again."""
        self._barred = False

    def close(self) -> None:
        """Close every snapshot."""
        with self._lock:
            for ts in list(self._held):
                self._close(ts)

    def expire(self) -> float | None:
        """Close those whose time is over; return in how many seconds the next one's is, None when none is open."""
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
        owners = {one for pin in self._held.values() for one in pin.owners}
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
        """Give up the oldest pin of an owner that has no share left for another."""
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
