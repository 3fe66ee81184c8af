"""What an attacker has: an address, tokens, a clock that runs out, and raw connections that keep to no rule.

Guarantees: connects to loopback alone, and stops when time is up.
Does not know: any attack.
"""

import asyncio
import json
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

import msgspec

HANDSHAKE = (
    b"GET /api/sync HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
END = b"\r\n\r\n"
TEXT, CONTINUATION, CLOSE, PING = 0x1, 0x0, 0x8, 0x9
FINAL, MASKED, COMPRESSED = 0x80, 0x80, 0x40
SHORT, SIXTEEN_BITS = 126, 127
NO_MASK = bytes(4)  # a mask of zeros leaves the payload as it is
MAX_HEAD_BYTES = 64 * 1024
PATIENCE_SECONDS = 30.0
FIRST_NETWORK, NETWORK_SIZE = 66, 250  # attackers are 127.0.66.1 and so on, bystanders 127.0.0.1
BREATH_SECONDS = 0.01
CUT = "cut"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """All that an attacker is told. `authority` is the file of the certificate authority behind https."""

    host: str
    port: int
    authority: str | None = None
    seconds: float
    tokens: list[str] = []
    users: list[str] = []
    meeting: str = ""
    link: str = ""


class Ended(Exception):
    """The connection is over. `how` says by whom, as the report names it."""

    def __init__(self, how: str = CUT) -> None:
        super().__init__(how)
        self.how = how


class Ground:
    """An attack under way. `counts` is what the attacker got, by name."""

    def __init__(self, target: Target) -> None:
        if target.host != "localhost" and not ip_address(target.host).is_loopback:
            raise ValueError(f"{target.host} is not this machine")
        self.target = target
        self.counts: Counter[str] = Counter()
        self._until = time.monotonic() + target.seconds
        self._trust = None if target.authority is None else ssl.create_default_context(cafile=target.authority)

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self._until - time.monotonic()

    @property
    def running(self) -> bool:
        """Whether time is left."""
        return self.left > 0

    def note(self, what: str, count: int = 1) -> None:
        """Count something that the attacker got."""
        self.counts[what] += count

    async def rest(self) -> None:
        """Wait until time is up."""
        await asyncio.sleep(max(0.0, self.left))

    async def crowd(self, count: int, one: Callable[[int], Awaitable[object]], again: bool = True) -> None:
        """Run `one` so many times side by side, each `again` and again until time is up; endings are counted."""

        async def go(number: int) -> None:
            while self.running:
                try:
                    await one(number)
                except Ended as ended:
                    self.note(ended.how)
                    await asyncio.sleep(BREATH_SECONDS)
                if not again:
                    return

        try:
            async with asyncio.timeout(self.left):
                await asyncio.gather(*(go(number) for number in range(count)))
        except TimeoutError:
            self.note("under way at the end")

    async def dial(self, source: int = 0) -> "Line":
        """Return a connection from one of the attacker's addresses.

        Raises:
            Ended: The server does not take it.
        """
        address = f"127.0.{FIRST_NETWORK + source // NETWORK_SIZE}.{1 + source % NETWORK_SIZE}"
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(
                    self.target.host, self.target.port, ssl=self._trust, local_addr=(address, 0), limit=2**22
                ),
                PATIENCE_SECONDS,
            )
        except (OSError, TimeoutError):
            raise Ended("no connection") from None
        return Line(reader, writer)

    async def socket(self, source: int = 0, extra: bytes = b"") -> "Socket":
        """Return a sync connection that has said nothing yet.

        Raises:
            Ended: The server refuses it.
        """
        line = await self.dial(source)
        await line.send(HANDSHAKE + extra + b"\r\n")
        head = await line.head()
        status = head.split(b" ", 2)[1].decode() if head.count(b" ") > 1 else CUT
        if status != "101":
            line.close()
            raise Ended(status)
        return Socket(line)

    async def call(self, line: "Line", path: str, token: str | None = None, **args: Any) -> Any:
        """Return the value of a call of `module:function`, None when it is refused; either way it is counted.

        Raises:
            Ended: The connection is over.
        """
        body = json.dumps({"args": args}).encode()
        status, answer = await line.request("POST", f"/api/run/{path.replace(':', '/')}", body, bearer(token))
        parsed = json.loads(answer) if answer.startswith(b"{") else {}
        if parsed.get("status") == "success":
            self.note("done")
            return parsed["value"]
        self.note(parsed.get("code") or parsed.get("errorData", {}).get("code") or str(status))
        return None


class Line:
    """A connection that sends any bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            Ended: The connection is over.
        """
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            raise Ended from None

    async def read(self, count: int) -> bytes:
        """Return exactly so many bytes.

        Raises:
            Ended: The connection is over.
        """
        try:
            return await self._reader.readexactly(count)
        except (OSError, asyncio.IncompleteReadError):
            raise Ended from None

    async def head(self) -> bytes:
        """Return the head of a reply.

        Raises:
            Ended: The connection is over.
        """
        try:
            return await self._reader.readuntil(END)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise Ended from None

    async def reply(self) -> tuple[int, bytes]:
        """Return status and body of a reply.

        Raises:
            Ended: The connection is over.
        """
        head = (await self.head()).lower()
        status = int(head.split(b" ", 2)[1])
        _, found, rest = head.partition(b"content-length:")
        length = int(rest.split(b"\r\n", 1)[0]) if found else 0
        return status, await self.read(length)

    async def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Return what the server answers.

        Raises:
            Ended: The connection is over.
        """
        await self.send(request(method, path, body, headers))
        return await self.reply()

    def ended(self) -> bool:
        """Return whether the server has closed the connection."""
        return self._reader.at_eof() or self._reader.exception() is not None

    def stop_reading(self) -> None:
        """Take nothing more, so that what the server sends stays with it."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Close at once."""
        with suppress(OSError):
            self._writer.transport.abort()


class Socket:
    """A sync connection by hand: frames of any kind and size."""

    def __init__(self, line: Line) -> None:
        self.line = line

    async def frame(self, payload: bytes = b"", opcode: int = TEXT, flags: int = FINAL) -> None:
        """Send a frame.

        Raises:
            Ended: The connection is over.
        """
        await self.line.send(frame(payload, opcode, flags))

    async def say(self, kind: str, **fields: Any) -> None:
        """Send a message of the protocol.

        Raises:
            Ended: The connection is over.
        """
        await self.frame(json.dumps({"type": kind, **fields}).encode())

    async def greet(self, token: str | None = None, **fields: Any) -> None:
        """Send the first message, and a token.

        Raises:
            Ended: The connection is over.
        """
        hello = {"sessionId": str(uuid4()), "connectionCount": 0, "lastCloseReason": "InitialConnect"}
        await self.say("Connect", **{**hello, **fields})
        if token is not None:
            await self.say("Authenticate", baseVersion=0, tokenType="User", value=token)

    async def hear(self) -> bytes:
        """Return the payload of the next frame.

        Raises:
            Ended: The connection is over; by a close frame, with its code.
        """
        first, second = await self.line.read(2)
        length = second & ~MASKED
        if length >= SHORT:
            length = int.from_bytes(await self.line.read(2 if length == SHORT else 8), "big")
        payload = await self.line.read(length)
        if first & 0xF == CLOSE:
            raise Ended(f"closed {int.from_bytes(payload[:2], 'big')}")
        return payload

    async def until_closed(self) -> str:
        """Return how the server ended the connection; what it says until then is passed over."""
        try:
            while True:
                await self.hear()
        except Ended as ended:
            return ended.how


def frame(payload: bytes = b"", opcode: int = TEXT, flags: int = FINAL) -> bytes:
    """Return a frame of a client."""
    size = len(payload)
    if size < SHORT:
        length = bytes([MASKED | size])
    elif size < 2**16:
        length = bytes([MASKED | SHORT]) + size.to_bytes(2, "big")
    else:
        length = bytes([MASKED | SIXTEEN_BITS]) + size.to_bytes(8, "big")
    return bytes([flags | opcode]) + length + NO_MASK + payload


def request(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return a request."""
    lines = {"Host": "localhost", "Content-Type": "application/json", **(headers or {})}
    if body or method == "POST":
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def bearer(token: str | None) -> dict[str, str]:
    """Return the header that carries a token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}
