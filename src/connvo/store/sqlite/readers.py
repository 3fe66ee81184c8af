"""Connections that read one snapshot of a SQLite file each, beside each other.

Guarantees: at most so many are open at once, and now and then none is, however many want one. Only while none reads can
SQLite restart its write-ahead log: it would grow for as long as there is always one.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

READERS = 4
# After so long with always somebody reading, new ones wait until all have ended, and for a few commits more.
BUSY_SECONDS = 2.0
REST_SECONDS = 0.02


class Readers:
    """At most `most` connections, made by `connect` when they are first needed."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], most: int = READERS) -> None:
        self._connect = connect
        self._most = most
        self._free: list[sqlite3.Connection] = []
        self._slots = asyncio.Semaphore(most)
        self._reading = 0
        self._busy_since = 0.0
        self._rest: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[sqlite3.Connection]:
        """Yield a connection that nobody else uses meanwhile; a transaction that it has begun ends with this."""
        async with self._slots:
            await self._wait_for_rest()
            connection = self._free.pop() if self._free else self._connect()
            self._reading += 1
            try:
                yield connection
            finally:
                self._reading -= 1
                if not self._reading:
                    self._ended.set()
                self._give_back(connection)

    def close(self) -> None:
        """Close every connection."""
        while self._free:
            self._free.pop().close()

    async def _wait_for_rest(self) -> None:
        """Wait while a rest is due, which the first that comes too late begins."""
        now = monotonic()
        if self._rest is None:
            if not self._reading:
                self._busy_since = now
                return
            if now - self._busy_since <= BUSY_SECONDS:
                return
            self._rest = asyncio.create_task(self._take_rest(), name="readers-rest")
        await asyncio.shield(self._rest)

    async def _take_rest(self) -> None:
        while self._reading:
            self._ended.clear()
            await self._ended.wait()
        await asyncio.sleep(REST_SECONDS)
        self._busy_since = monotonic()
        self._rest = None

    def _give_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                connection.close()
            return
        self._free.append(connection)
