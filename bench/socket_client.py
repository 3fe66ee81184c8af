"""A light client of the sync protocol: one socket, one live query, mutations sent without waiting for each other."""

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

QUERY = 0
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
        self._shown: Shown | None = None
        self._first = asyncio.Event()

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
        await self._connection.close()
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader

    async def watch(self, path: str, shown: Shown, **args: Any) -> None:
        """Subscribes; returns after the first result. `shown` gets each, with the time in ns since the epoch."""
        self._shown = shown
        query = {"type": "Add", "queryId": QUERY, "udfPath": path, "args": [args]}
        await self._say("ModifyQuerySet", baseVersion=0, newVersion=1, modifications=[query])
        async with asyncio.timeout(OPEN_SECONDS):
            await self._first.wait()

    async def begin(self, path: str, **args: Any) -> asyncio.Future[int]:
        """Sends a mutation; the future is its commit's timestamp, ns since the epoch, or raises RuntimeError."""
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._say("Mutation", requestId=number, udfPath=path, args=[args])
        return future

    async def _say(self, kind: str, **fields: Any) -> None:
        await self._connection.send(msgspec.json.encode({"type": kind, **fields}), text=True)

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                text = await self._connection.recv(decode=False)
                self._hear(msgspec.json.decode(text), time.time_ns())

    def _hear(self, message: dict[str, Any], now: int) -> None:
        match message["type"]:
            case "Transition":
                for change in message["modifications"]:
                    if self._shown is not None:
                        self._shown(change["value"], now)
                    self._first.set()
            case "MutationResponse":
                future = self._waiting.pop(message["requestId"])
                if message["success"]:
                    future.set_result(int.from_bytes(b64decode(message["ts"]), "little"))
                else:
                    future.set_exception(RuntimeError(message["result"]))
            case "AuthError" | "FatalError":
                raise RuntimeError(message["error"])
