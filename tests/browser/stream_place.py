"""A relay between fake GetStream clients: one socket for each, and messages are forwarded.

Accepts tokens that the server has signed for that very call, as GetStream does.
"""

import json
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.support.getstream_double import KEY, SECRET, GetStreamDouble

REFUSED = 4401


class StreamPlace:
    """A relay on loopback for the calls of a fake GetStream API. A context manager."""

    def __init__(self, double: GetStreamDouble) -> None:
        self._double = double
        self._lock = threading.Lock()
        self._calls: dict[str, dict[str, tuple[str, float, ServerConnection]]] = {}
        self._server: Server = serve(self._attend, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address, used as that of an API."""
        return f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def people(self, call_id: str) -> list[str]:
        """Return the users in a call, once for each page."""
        with self._lock:
            return sorted(user for user, _, _ in self._calls.get(f"default:{call_id}", {}).values())

    def close(self) -> None:
        """Stop: disconnect every client and accept no more."""
        self._server.shutdown()
        with self._lock:
            there = [socket for call in self._calls.values() for _, _, socket in call.values()]
        for socket in there:
            socket.close()
        self._thread.join()

    def _attend(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        parts = urlsplit(socket.request.path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        cid = ":".join(parts.path.strip("/").split("/"))
        why = self._refusal(cid, given)
        if why:
            return socket.close(REFUSED, why)
        self._enter(cid, given["session"], given["user"], socket)
        with suppress(ConnectionClosed):
            for text in socket:
                message = json.loads(text)
                self._say(cid, message.pop("to"), message | {"from": given["session"]})
        self._go(cid, given["session"])
        return None

    def _refusal(self, cid: str, given: dict[str, str]) -> str:
        try:
            claims = jwt.decode(given["token"], SECRET, ["HS256"])
        except jwt.InvalidTokenError as error:
            return str(error)
        call = self._double.calls.get(cid)
        if given["apiKey"] != KEY or claims["user_id"] != given["user"] or cid not in claims["call_cids"]:
            return "the token is for something else"
        if call is None or call["ended"] or given["user"] in call["blocked"] or given["user"] not in call["members"]:
            return "not for you"
        return ""

    def _enter(self, cid: str, session: str, user: str, socket: ServerConnection) -> None:
        now = time.time()
        with self._lock:
            there = dict(self._calls.setdefault(cid, {}))
            self._calls[cid][session] = (user, now, socket)
        for other, (name, at, _) in there.items():
            self._tell(socket, {"type": "came", "from": other, "user": name, "at": at})
            self._say(cid, other, {"type": "came", "from": session, "user": user, "at": now})
        self._tell(socket, {"type": "here"})

    def _go(self, cid: str, session: str) -> None:
        with self._lock:
            del self._calls[cid][session]
            others = list(self._calls[cid])
        for other in others:
            self._say(cid, other, {"type": "went", "from": session})

    def _say(self, cid: str, session: str, message: dict[str, Any]) -> None:
        with self._lock:
            found = self._calls[cid].get(session)
        if found:
            self._tell(found[2], message)

    def _tell(self, socket: ServerConnection, message: dict[str, Any]) -> None:
        with suppress(ConnectionClosed):
            socket.send(json.dumps(message))
