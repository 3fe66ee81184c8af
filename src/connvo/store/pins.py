"""Snapshots kept open for a while, so that several reads can be made at one timestamp."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """What a snapshot is read by."""

    def close(self) -> None:
        """Ends the snapshot."""
        ...


C = TypeVar("C", bound=Closable)


class Pins(Generic[C]):
    """At most `most` open read transactions, each for at most `ttl` seconds, oldest closed first.

    `begin` returns the timestamp of a new snapshot and the connection that reads it. May be used from several threads.
    """

    def __init__(self, begin: Callable[[], tuple[int, C]], most: int, ttl: float) -> None:
        self._begin = begin
        self._most = most
        self._ttl = ttl
        self._held: OrderedDict[int, tuple[C, float]] = OrderedDict()
        self._lock = Lock()

    def take(self) -> int:
        """Opens a snapshot; returns its timestamp. One that is already held is prolonged."""
        self.expire()
        ts, connection = self._begin()
        with self._lock:
            if ts in self._held:
                connection.close()
                connection = self._held.pop(ts)[0]
            self._held[ts] = (connection, monotonic() + self._ttl)
            while len(self._held) > self._most:
                self._held.popitem(last=False)[1][0].close()
        return ts

    def at(self, ts: int) -> C | None:
        """Returns the connection that reads at `ts`, or None when it is no longer held."""
        self.expire()
        held = self._held.get(ts)
        return None if held is None else held[0]

    def forget(self, ts: int) -> None:
        """Gives up a snapshot that can no longer be read."""
        with self._lock:
            self._held.pop(ts, None)

    def close(self) -> None:
        """Closes every snapshot."""
        with self._lock:
            while self._held:
                self._held.popitem()[1][0].close()

    def expire(self) -> None:
        """Closes those that were held long enough; while one is open, old rows and logs cannot be cleared away."""
        now = monotonic()
        with self._lock:
            while self._held:
                connection, until = next(iter(self._held.values()))
                if until >= now:
                    return
                self._held.popitem(last=False)
                connection.close()
