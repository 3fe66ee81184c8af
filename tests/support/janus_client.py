"""A client of Janus' WebSocket that publishes under any name it likes, as a member with a token can."""

from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import msgspec
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from connvo.providers.rooms.base import Access

ANSWER_SECONDS = 5.0
SUBPROTOCOL = Subprotocol("janus-protocol")


class JanusClient:
    """One connection with a member's access; `with` it. Everything it joined leaves when it ends."""

    def __init__(self, access: Access, room_id: str) -> None:
        self._access = access
        self._room_id = room_id
        self._asked = 0
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._socket = self._open.enter_context(connect(str(self._access.url), subprotocols=[SUBPROTOCOL]))
        self._session: int = self._ask({"janus": "create"})["data"]["id"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def join(self, feed: str) -> dict[str, Any]:
        """Join as a publisher under a name; return what the room says, an error or `joined`."""
        plugin = {"janus": "attach", "session_id": self._session, "plugin": "janus.plugin.videoroom"}
        handle: int = self._ask(plugin)["data"]["id"]
        body = {
            "request": "join",
            "ptype": "publisher",
            "room": self._room_id,
            "id": feed,
            "token": self._access.token,
        }
        message = {"janus": "message", "session_id": self._session, "handle_id": handle, "body": body}
        data: dict[str, Any] = self._ask(message)["plugindata"]["data"]
        return data

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        self._asked += 1
        transaction = str(self._asked)
        sent = {**message, "transaction": transaction, "token": self._access.api_token}
        self._socket.send(msgspec.json.encode(sent).decode())
        while True:
            answer = msgspec.json.decode(self._socket.recv(ANSWER_SECONDS), type=dict[str, Any])
            if answer.get("transaction") == transaction and answer["janus"] != "ack":
                return answer
