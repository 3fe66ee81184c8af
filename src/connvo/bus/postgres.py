"""The bus over PostgreSQL: LISTEN on one connection, NOTIFY on another, both of them made anew when they break.

A hint is sent outside the transaction it tells of, because a NOTIFY inside would have commits wait for each other.
Those that come up while one is being sent leave together: their news as long as they are few, only the newest position
otherwise. A NOTIFY is a transaction, which need not be on disk: whoever is told is told now or never.
"""

import asyncio
import random
from contextlib import suppress
from typing import Any, TypeAlias

import psycopg
import structlog

from .base import NO_PAYLOAD, Wake

log = structlog.get_logger()
CHANNEL = "connvo"
NOTIFY_SQL = f"SELECT pg_notify('{CHANNEL}', payload) FROM (VALUES {{}}) AS told (payload)"
ASYNC_COMMIT_SQL = "SET synchronous_commit = off"
# PostgreSQL takes payloads of less than 8,000 bytes; of more than so many hints, a look at the log costs less.
MOST_BYTES, MOST_HINTS = 7900, 16
# How long a lost connection is waited for before it is made anew, in seconds: twice as long each time.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
TRIES = 2  # a connection that broke while nobody used it is noticed by the first

Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]


class PostgresBus:
    """A bus of everybody who uses the database at `address`, which is a libpq connection string."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._newest = 0
        self._payloads: list[str] = []
        self._due = asyncio.Event()
        self._sender: Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, wake: Wake) -> None:
        """Begin to listen; return at once, whether or not the others can be reached."""
        self._tasks = [
            asyncio.create_task(self._listen(wake), name="bus listener"),
            asyncio.create_task(self._notify(), name="bus sender"),
        ]

    def hint(self, seq: int, payload: str = NO_PAYLOAD) -> None:
        """Tell the others, soon, that the log has grown up to a position."""
        self._newest = max(self._newest, seq)
        payload = f"{seq} {payload}"
        if payload and len(self._payloads) < MOST_HINTS and len(payload.encode()) <= MOST_BYTES:
            self._payloads.append(payload)
        else:
            self._payloads = [str(self._newest)]
        self._due.set()

    async def close(self) -> None:
        """End listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._drop_sender()

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(self._address, autocommit=True)

    async def _listen(self, wake: Wake) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    pause = FIRST_PAUSE
                    wake(None)  # something may have been said while nobody listened
                    async for notice in connection.notifies():
                        position, _, news = notice.payload.partition(" ")
                        if position.isdecimal():
                            wake(int(position), news)
                        else:
                            wake(None)
            except psycopg.Error as error:
                log.warning("bus_listener_lost", error=type(error).__name__, pause=pause)
            await asyncio.sleep(random.uniform(pause / 2, pause))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _notify(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            payloads, self._payloads = self._payloads, []
            tell = NOTIFY_SQL.format(", ".join(["(%s)"] * len(payloads)))
            for _ in range(TRIES):
                try:
                    if self._sender is None:
                        self._sender = await self._connect()
                        await self._sender.execute(ASYNC_COMMIT_SQL)
                    await self._sender.execute(tell, payloads)
                    break
                except psycopg.Error:
                    await self._drop_sender()  # the others look at the log by themselves

    async def _drop_sender(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            with suppress(psycopg.Error):
                await sender.close()
