"""A light client of the sync protocol: one socket, live queries, mutations sent without waiting for each other."""

import asyncio
import time
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

OPEN_SECONDS = 30.0
Shown = Callable[[Any, int], None]


class SocketClient:
    """One person's socket. Use with `async with`."""

    def __init__(self, address: str, token: str, trust: SSLContext | None = None) -> None:
        self._address = address
        self._trust = trust
        self._token = token
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._numbers = iter(range(1_000_000_000))
        self._shown: dict[int, Shown] = {}
        self._first: dict[int, asyncio.Future[None]] = {}
        self._version = 0
        self._queries = iter(range(1_000_000_000))
        self.received = 0

    async def __aenter__(self) -> Self:
        self._connection: ClientConnection = await connect(
            self._address,
            ssl=self._trust,
            compression=None,
            proxy=None,
            ping_interval=None,
            max_size=None,
            open_timeout=OPEN_SECONDS,
        )
        self._reader = asyncio.create_task(self._read())
        await self._say("Connect", sessionId=str(uuid4()), connectionCount=0, lastCloseReason="InitialConnect")
        await self._say("Authenticate", baseVersion=0, tokenType="User", value=self._token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for first in self._first.values():
            first.cancel()
        await self._connection.close()
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader

    async def watch(self, path: str, shown: Shown, **args: Any) -> None:
        """Subscribe; return after the first result. `shown` gets each, with the time in ns since the epoch."""
        await self._add(self.reserve(), path, shown, args)

    def reserve(self) -> int:
        """Return a number for a subscription; the first is 0."""
        return next(self._queries)

    async def add(self, number: int, path: str, shown: Callable[[Any], None], **args: Any) -> None:
        """Subscribe under a reserved number, to a query whose times do not matter; return after the first result."""
        await self._add(number, path, lambda value, _: shown(value), args)

    async def drop(self, number: int) -> None:
        """End a subscription."""
        self._shown.pop(number, None)
        first = self._first.pop(number, None)
        if first is not None and not first.done():
            first.set_result(None)
        await self._modify({"type": "Remove", "queryId": number})

    async def begin(self, path: str, **args: Any) -> asyncio.Future[int]:
        """Send a mutation; the future is its commit's timestamp, ns since the epoch, or raises RuntimeError."""
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._say("Mutation", requestId=number, udfPath=path, args=[args])
        return future

    async def _add(self, number: int, path: str, shown: Shown, args: dict[str, Any]) -> None:
        self._shown[number] = shown
        first = self._first[number] = asyncio.get_running_loop().create_future()
        await self._modify({"type": "Add", "queryId": number, "udfPath": path, "args": [args]})
        async with asyncio.timeout(OPEN_SECONDS):
            await first

    async def _modify(self, change: dict[str, Any]) -> None:
        before, self._version = self._version, self._version + 1
        await self._say("ModifyQuerySet", baseVersion=before, newVersion=self._version, modifications=[change])

    async def _say(self, kind: str, **fields: Any) -> None:
        await self._connection.send(msgspec.json.encode({"type": kind, **fields}), text=True)

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                text = await self._connection.recv(decode=False)
                self.received += len(text)
                self._hear(msgspec.json.decode(text), time.time_ns())

    def _hear(self, message: dict[str, Any], now: int) -> None:
        match message["type"]:
            case "Transition":
                for change in message["modifications"]:
                    number = change["queryId"]
                    if number in self._shown and change["type"] == "QueryUpdated":
                        self._shown[number](change["value"], now)
                    first = self._first.pop(number, None)
                    if first is not None and not first.done():
                        first.set_result(None)
            case "MutationResponse":
                future = self._waiting.pop(message["requestId"])
                if message["success"]:
                    future.set_result(int.from_bytes(b64decode(message["ts"]), "little"))
                else:
                    future.set_exception(RuntimeError(message["result"]))
            case "AuthError" | "FatalError":
                raise RuntimeError(message["error"])
