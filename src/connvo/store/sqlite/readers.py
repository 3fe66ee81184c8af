"""Lend connections that each read one snapshot of a SQLite file, side by side.

Guarantees: the number of connections is bounded, and under any load there are moments without a reader. SQLite can
restart its write-ahead log only then, and the log would otherwise grow without bound.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic

READERS = 4
# After this time without a moment free of readers, new readers wait for the end of all others and for a few commits.
BUSY_SECONDS = 2.0
REST_SECONDS = 0.02


class Readers:
    """A pool of at most `most` connections, made by `connect` when they are first needed."""

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
        """Yield a connection for exclusive use; a transaction begun on it ends with the block."""
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
        """Wait for a rest that is due; the first reader after `BUSY_SECONDS` begins it."""
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
