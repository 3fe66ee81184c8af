"""Send hints over PostgreSQL: LISTEN on one connection, NOTIFY on another, both reopened when they break.

A hint is sent outside the transaction it announces, because a NOTIFY inside would serialise commits. Hints that arrive
during a send leave together: with their payloads if they are few, otherwise as the newest position alone. The NOTIFY
transaction is not synced to disk, since a hint has no value after a crash.
"""

import asyncio
import random
from contextlib import suppress
from typing import TypeAlias

import psycopg
import structlog
from psycopg.rows import TupleRow

from .base import NO_PAYLOAD, Wake

log = structlog.get_logger()
CHANNEL = "connvo"
NOTIFY_SQL = f"SELECT pg_notify('{CHANNEL}', payload) FROM (VALUES {{}}) AS told (payload)"
ASYNC_COMMIT_SQL = "SET synchronous_commit = off"
# PostgreSQL accepts payloads below 8,000 bytes. For more hints than this, reading the log is cheaper.
MAX_BYTES, MAX_HINTS = 7900, 16
# The pause before a lost connection is reopened; it doubles each time.
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.1, 5.0
TRIES = 2  # the first try detects a connection that broke while idle

Connection: TypeAlias = psycopg.AsyncConnection[TupleRow]


class PostgresBus:
    """The bus of all nodes of the database at `address`, which is a libpq connection string."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._newest = 0
        self._payloads: list[str] = []
        self._due = asyncio.Event()
        self._sender: Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, wake: Wake) -> None:
        """Start listening; return at once, even if the database cannot be reached."""
        self._tasks = [
            asyncio.create_task(self._listen(wake), name="bus listener"),
            asyncio.create_task(self._notify(), name="bus sender"),
        ]

    def hint(self, seq: int, payload: str = NO_PAYLOAD) -> None:
        """Tell the other nodes soon that the log has grown up to a position."""
        self._newest = max(self._newest, seq)
        payload = f"{seq} {payload}"
        if payload and len(self._payloads) < MAX_HINTS and len(payload.encode()) <= MAX_BYTES:
            self._payloads.append(payload)
        else:
            self._payloads = [str(self._newest)]
        self._due.set()

    async def close(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._drop_sender()

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(self._address, autocommit=True)

    async def _listen(self, wake: Wake) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE_SECONDS
                    wake(None)  # hints may have been missed while the connection was lost
                    async for notice in connection.notifies():
                        position, _, payload = notice.payload.partition(" ")
                        if position.isdecimal():
                            wake(int(position), payload)
                        else:
                            wake(None)
            except psycopg.Error as error:
                log.warning("bus_listener_lost", error=type(error).__name__, pause=pause)
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(2 * pause, MAX_PAUSE_SECONDS)

    async def _notify(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            payloads, self._payloads = self._payloads, []
            notify = NOTIFY_SQL.format(", ".join(["(%s)"] * len(payloads)))
            for _ in range(TRIES):
                try:
                    if self._sender is None:
                        self._sender = await self._connect()
                        await self._sender.execute(ASYNC_COMMIT_SQL)
                    await self._sender.execute(notify, payloads)
                    break
                except psycopg.Error:
                    await self._drop_sender()  # the other nodes read the log at intervals anyway

    async def _drop_sender(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            with suppress(psycopg.Error):
                await sender.close()
