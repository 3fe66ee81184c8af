"""Sync connections in the test's own process: the real `Sockets`, an ASGI connection made of queues."""

import asyncio
import json
from collections.abc import MutableMapping, Sequence
from typing import Any

from connvo.transport.sync.connections import Sockets

from .sync_client import SyncClient


class Pipe:
    """One connection between a client and the server.

    Nothing moves automatically: `deliver` hands the server what the client said. While `reading` is off, the client
    does not read, and the server waits with its next text. `closed` is the server's close frame.
    """

    def __init__(
        self, sockets: Sockets, client: SyncClient, path: str = "/api/1.48.0/sync", peer: str = "192.0.2.1"
    ) -> None:
        self.client = client
        self.said: list[dict[str, Any]] = []
        self.heard: list[str] = []
        self.closed: tuple[int, str] | None = None
        self.accepted = False
        self._to_server: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._may_send = asyncio.Event()
        self._may_send.set()
        self._gone = False
        self._to_server.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": path, "headers": [], "client": (peer, 1)}
        self.task = asyncio.ensure_future(sockets.serve(scope, self._to_server.get, self._send))
        self.say(client.connect())

    def say(self, messages: Sequence[dict[str, Any]]) -> None:
        """Have the client say something; it is under way until it is delivered."""
        self.said.extend(messages)

    def deliver(self, most: int | None = None) -> None:
        """Hand the server the oldest messages that are under way."""
        count = len(self.said) if most is None else most
        for message in self.said[:count]:
            self.text(json.dumps(message))
        del self.said[:count]

    def text(self, text: str) -> None:
        """Hand the server a text as it is."""
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def event(self, event: dict[str, Any]) -> None:
        """Hand the server an ASGI event as it is."""
        self._to_server.put_nowait(event)

    def cut(self) -> None:
        """Lose the connection: what is under way never arrives, on either side."""
        self._gone = True
        self.said.clear()
        self._may_send.set()
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def read(self, on: bool) -> None:
        """Have the client read, or not read, what the server sends."""
        if on:
            self._may_send.set()
        else:
            self._may_send.clear()

    @property
    def open(self) -> bool:
        """Whether the connection stands."""
        return not self._gone and self.closed is None

    async def _send(self, event: MutableMapping[str, Any]) -> None:
        await self._may_send.wait()
        if self._gone:
            raise OSError("the client has gone")
        match event["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.send":
                self.heard.append(event["text"])
                self.client.receive(event["text"])
            case "websocket.close":
                self.closed = (event["code"], event.get("reason", ""))
