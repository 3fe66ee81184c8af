"""Connections that keep to no rule: any bytes over TCP, any frames over a WebSocket, and what the server makes of them.

Every answer is held against what holds for all: no fault of the server, and JSON wherever there is an error.
"""

import json
import socket
import ssl
import time
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

PATIENCE_SECONDS = 8.0
SILENCE_SECONDS = 0.4
# A call that is answered after everything before it, and of which no test hears.
LAST = 2**32 - 2
CHUNK = 65536
MAX_TAKEN = 64 * 1024 * 1024
END = b"\r\n\r\n"
TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
FINAL, MASKED = 0x80, 0x80
SHORT, SIXTEEN_BITS = 126, 127
NO_MASK = bytes(4)
SERVER_FAULT, UNAVAILABLE = 500, 503
NOT_SPOKEN = (501, 505)
OPEN, CUT = "open", "cut"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


class Answer(NamedTuple):
    """A reply over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON, None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def code(self) -> str:
        """The code of an error, of the request or of the function; empty when there is none."""
        parsed = self.json
        if not isinstance(parsed, dict):
            return ""
        data = parsed.get("errorData")
        return str(parsed.get("code") or (data.get("code", "") if isinstance(data, dict) else ""))


class Heard(NamedTuple):
    """What a socket said: messages, and how it stands: open, cut, the status of a refused upgrade, or a close code."""

    messages: list[dict[str, Any]]
    state: str

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the messages of one type."""
        return [message for message in self.messages if message.get("type") == kind]


class Wire:
    """Dials one address."""

    def __init__(self, url: str, trust: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        assert parts.hostname in ("127.0.0.1", "localhost")
        self._host, self._port, self._trust = parts.hostname, parts.port, trust

    @contextmanager
    def dial(self) -> Iterator[socket.socket]:
        """Yield a connection."""
        with socket.create_connection((self._host, self._port), PATIENCE_SECONDS) as plain:
            if self._trust is None:
                yield plain
                return
            with self._trust.wrap_socket(plain, server_hostname=self._host) as secured:
                yield secured

    def raw(
        self, data: bytes | Iterable[bytes], ends: bool = False, faults: Container[int] = NOT_SPOKEN
    ) -> list[Answer]:
        """Return the replies to bytes, up to the end of the connection or a silence. A lost connection ends them.

        `faults` are the statuses above 500 that are right here. With `ends` nothing more will come from this side, and
        the server knows.
        """
        answers: list[Answer] = []
        with self.dial() as line:
            with suppress(OSError):
                for piece in [data] if isinstance(data, bytes) else data:
                    line.sendall(piece)
                if ends:
                    line.shutdown(socket.SHUT_WR)
            taken = _Taken(line)
            while (answer := _reply(taken)) is not None:
                answers.append(_checked(answer, faults))
        return answers

    def http(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Return the reply to a request."""
        (answer,) = self.raw(request(method, path, body, {"Connection": "close", **(headers or {})}))
        return answer

    def frames(
        self,
        frames: Iterable[bytes],
        path: str = "/api/sync",
        headers: Mapping[str, str] | None = None,
        wait: bool = True,
        ends: bool = False,
    ) -> Heard:
        """Return what a socket says to frames; without `wait`, only until it has said what it has to say to them.

        With `ends` nothing more will come from this side, and the server knows.
        """
        lines = HANDSHAKE | dict(headers or {})
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        with self.dial() as line:
            line.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
            taken = _Taken(line)
            upgrade = taken.until(END)
            if upgrade is None:
                return Heard([], OPEN if taken.silent else CUT)
            status = upgrade.split(b" ", 2)[1].decode()
            if status != "101":
                assert int(status) < SERVER_FAULT or int(status) == UNAVAILABLE, upgrade
                return Heard([], status)
            with suppress(OSError):
                for one in frames:
                    line.sendall(one)
                if not wait and not ends:
                    line.sendall(message("Mutation", requestId=LAST, udfPath="the:end", args=[{}]))
                if ends:
                    line.shutdown(socket.SHUT_WR)
            return _hear(taken)


class _Taken:
    """The bytes that a connection has brought, and those it may still bring."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._buffer = bytearray()
        self.patience = PATIENCE_SECONDS
        self.silent = False
        self.ended = False

    def until(self, mark: bytes) -> bytes | None:
        """Return everything up to a mark, None when it does not come."""
        while (place := self._buffer.find(mark)) < 0:
            if not self._more():
                return None
        return self._cut(place + len(mark))

    def exactly(self, count: int) -> bytes | None:
        """Return so many bytes, None when they do not come."""
        while len(self._buffer) < count:
            if not self._more():
                return None
        return self._cut(count)

    def rest(self) -> bytes:
        """Return everything up to the end of the connection."""
        while self._more():
            pass
        return self._cut(len(self._buffer))

    def _more(self) -> bool:
        if self.ended:
            return False
        self._line.settimeout(self.patience)
        try:
            data = self._line.recv(CHUNK)
        except TimeoutError:
            self.silent = True
            return False
        except OSError:
            data = b""
        self.ended = not data
        self._buffer += data
        assert len(self._buffer) <= MAX_TAKEN, "the server says too much"
        return bool(data)

    def _cut(self, count: int) -> bytes:
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found


def _reply(taken: _Taken) -> Answer | None:
    head = taken.until(END)
    if head is None:
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split(" ", 2)[1])
    # Whatever comes after the first reply comes soon, or not at all.
    taken.patience = SILENCE_SECONDS
    if "content-length" in headers:
        body = taken.exactly(int(headers["content-length"]))
    else:
        body = b"" if status in (204, 304) or 100 <= status < 200 else taken.rest()
    return Answer(status, headers, body or b"")


def _checked(answer: Answer, faults: Container[int]) -> Answer:
    assert answer.status < SERVER_FAULT or answer.status == UNAVAILABLE or answer.status in faults, answer
    assert answer.code not in ("INTERNAL_ERROR", "InternalServerError"), answer
    return answer


def _hear(taken: _Taken) -> Heard:
    messages: list[dict[str, Any]] = []
    until = time.monotonic() + PATIENCE_SECONDS
    parts, over = b"", False
    while time.monotonic() < until:
        taken.patience = SILENCE_SECONDS if over else PATIENCE_SECONDS
        head = taken.exactly(2)
        if head is None:
            return Heard(messages, OPEN if taken.silent else CUT)
        length = head[1] & ~MASKED
        if length >= SHORT:
            length = int.from_bytes(taken.exactly(2 if length == SHORT else 8) or b"", "big")
        payload = taken.exactly(length) or b""
        match head[0] & 0xF:
            case 0x8:
                return Heard(messages, str(int.from_bytes(payload[:2], "big") if payload else 1005))
            case 0x0 | 0x1:
                parts += payload
                if head[0] & FINAL:
                    said, parts = _said(parts), b""
                    over = over or said.get("requestId") == LAST
                    if said.get("requestId") != LAST:
                        messages.append(said)
    return Heard(messages, OPEN)


def _said(payload: bytes) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(payload)
    assert "INTERNAL_ERROR" not in payload.decode() and "InternalServerError" not in payload.decode(), message
    return message


def request(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return a request."""
    lines = {"Host": "localhost", "Content-Type": "application/json", **(headers or {})}
    if body or method in ("POST", "PUT", "PATCH"):
        lines.setdefault("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def frame(payload: bytes = b"", opcode: int = TEXT, flags: int = FINAL) -> bytes:
    """Return a frame of a client; its mask changes nothing."""
    size = len(payload)
    if size < SHORT:
        length = bytes([MASKED | size])
    elif size < 2**16:
        length = bytes([MASKED | SHORT]) + size.to_bytes(2, "big")
    else:
        length = bytes([MASKED | SIXTEEN_BITS]) + size.to_bytes(8, "big")
    return bytes([flags | opcode]) + length + NO_MASK + payload


def message(kind: Any, **fields: Any) -> bytes:
    """Return the frame of a message."""
    return frame(json.dumps({"type": kind, **fields}).encode())


def hello(**fields: Any) -> bytes:
    """Return the frame of a first message."""
    usual = {"sessionId": str(uuid4()), "connectionCount": 0, "lastCloseReason": "InitialConnect"}
    return message("Connect", **{**usual, **fields})


def identity(token: str, base: int = 0) -> bytes:
    """Return the frame that carries a token."""
    return message("Authenticate", baseVersion=base, tokenType="User", value=token)


def watching(path: str, *arguments: dict[str, Any], base: int = 0, **fields: Any) -> bytes:
    """Return the frame that subscribes to a query, once for each arguments."""
    added = [
        {"type": "Add", "queryId": number, "udfPath": path, "args": [args], **fields}
        for number, args in enumerate(arguments or ({},))
    ]
    return message("ModifyQuerySet", baseVersion=base, newVersion=base + 1, modifications=added)
