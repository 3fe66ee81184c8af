"""Many light clients in one process, over real sockets; each keeps the rules of `SyncClient` and comes back."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.support.sync_client import SyncClient

MAX_MESSAGE = 64 * 1024 * 1024
SOONEST_RETRY, LATEST_RETRY = 0.05, 0.4
PATIENCE_SECONDS = 60.0


class Member:
    """One client. `closes` are the codes with which the server ended its connections."""

    def __init__(self, url: str, token: str | None = None, client: SyncClient | None = None) -> None:
        self.client = client or SyncClient()
        self.client.token = token
        self.closes: list[int | None] = []
        self._url = url.replace("http://", "ws://") + "/api/1.48.0/sync"
        self._socket: ClientConnection | None = None
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._live())
        self._task.add_done_callback(lambda _: self._news.set())

    async def subscribe(self, path: str, **args: Any) -> int:
        """Watch a query; return its number."""
        number, messages = self.client.subscribe(path, args)
        await self._say(messages)
        return number

    async def unsubscribe(self, number: int) -> None:
        """Stop watching a query."""
        await self._say(self.client.unsubscribe(number))

    async def call(self, path: str, **args: Any) -> dict[str, Any]:
        """Call a mutation; return its outcome once its promise has settled."""
        number, messages = self.client.mutate(path, args)
        await self._say(messages)
        await self.until(lambda: number in self.client.outcomes)
        return self.client.outcomes[number]

    async def until(self, fits: Callable[[], object]) -> None:
        """Return when something is so; look after every message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not fits():
                if self._task.done():
                    self._task.result()
                self._news.clear()
                await self._news.wait()

    async def settled(self) -> None:
        """Return when everything is answered and shown."""
        await self.until(lambda: self.client.settled)

    async def leave(self) -> None:
        """Go, and say whether everything was by the rules."""
        self._task.cancel()
        try:
            await self._task
        except asyncio.CancelledError:
            return

    async def _say(self, messages: Sequence[dict[str, Any]]) -> None:
        socket = self._socket
        if socket is None:
            return
        try:
            for message in messages:
                await socket.send(json.dumps(message))
        except websockets.ConnectionClosed:
            return

    async def _live(self) -> None:
        while True:
            try:
                async with connect(self._url, max_size=MAX_MESSAGE, compression=None) as socket:
                    await self._talk(socket)
            except OSError:
                pass
            except websockets.InvalidMessage:
                pass
            await asyncio.sleep(random.uniform(SOONEST_RETRY, LATEST_RETRY))

    async def _talk(self, socket: ClientConnection) -> None:
        try:
            for message in self.client.connect():
                await socket.send(json.dumps(message))
            self._socket = socket
            async for text in socket:
                assert isinstance(text, str)
                self.client.receive(text)
                self._news.set()
        except websockets.ConnectionClosed:
            pass
        finally:
            self._socket = None
            self.closes.append(socket.close_code)


async def everybody(members: Sequence[Member], do: Callable[[Member], Awaitable[Any]]) -> list[Any]:
    """Have every member do something at the same time; return what came of it."""
    return list(await asyncio.gather(*[do(member) for member in members]))
