"""Snapshots kept open for a while, so that several reads can be made at one timestamp."""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic


class Pins:
    """At most `most` open read transactions, each for at most `ttl` seconds, oldest closed first."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], most: int, ttl: float) -> None:
        self._connect = connect
        self._most = most
        self._ttl = ttl
        self._held: OrderedDict[int, tuple[sqlite3.Connection, float]] = OrderedDict()

    def take(self) -> int:
        """Opens a snapshot; returns its timestamp. One that is already held is prolonged."""
        self.expire()
        connection = self._connect()
        connection.execute("BEGIN")
        ts = int(connection.execute("SELECT ts FROM _clock").fetchone()[0])
        if ts in self._held:
            connection.close()
            connection = self._held.pop(ts)[0]
        self._held[ts] = (connection, monotonic() + self._ttl)
        while len(self._held) > self._most:
            self._held.popitem(last=False)[1][0].close()
        return ts

    def at(self, ts: int) -> sqlite3.Connection | None:
        """Returns the connection that reads at `ts`, or None when it is no longer held."""
        self.expire()
        held = self._held.get(ts)
        return None if held is None else held[0]

    def close(self) -> None:
        """Closes every snapshot."""
        while self._held:
            self._held.popitem()[1][0].close()

    def expire(self) -> None:
        """Closes those that were held long enough; while one is open, the log of writes cannot be cut."""
        now = monotonic()
        while self._held:
            connection, until = next(iter(self._held.values()))
            if until >= now:
                return
            self._held.popitem(last=False)
            connection.close()
