"""A minimal client of STUN and TURN: a binding, an allocation, a permission, data through a relay.

It runs one transaction at a time over one line.
"""

import asyncio
from collections import deque
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from . import stun
from .line import LineError, ReportLine
from .stun import Endpoint, Message, NotStun

# RFC 8489 6.2.1 sends seven times within 40 s, which is too long for a check.
UDP_PAUSES = (0.5, 1.0, 1.5)
STREAM_SECONDS = 3.0
UDP_OF_RELAY = b"\x11\x00\x00\x00"
UNAUTHORIZED, FORBIDDEN, STALE_NONCE = 401, 403, 438
NONCES = 3


class Refused(Exception):
    """The server refused a request. `code` is that of RFC 8656; `step` names the request."""

    def __init__(self, step: str, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}".strip())
        self.step = step
        self.code = code


class NoRealm(Exception):
    """The server asks for credentials without naming a realm."""


class Allocated(NamedTuple):
    """A relay: its address, and the client's as the server sees it. `open_to_all`: no credentials were asked for."""

    relayed: Endpoint
    mapped: Endpoint | None
    open_to_all: bool


class Client:
    """A client of one server. `username` and `credential` are for TURN."""

    def __init__(self, line: ReportLine, username: str = "", credential: str = "") -> None:
        self._line = line
        self._username = username
        self._credential = credential
        self._realm = ""
        self._nonce = b""
        self._key: bytes | None = None
        self._arrived: deque[Message] = deque()
        self.heard_from: Endpoint | None = None

    @property
    def server(self) -> IPv4Address | IPv6Address:
        """The address of the server."""
        return self._line.server.address

    async def bind(self) -> Endpoint:
        """Return the client's address as the server sees it.

        Raises:
            LineError: The connection failed or timed out.
            Refused: The server refuses.
        """
        answer = await self._exchange(stun.BINDING, ())
        if answer.kind == stun.ERROR:
            raise Refused("binding", *answer.error())
        return _needed(answer, stun.XOR_MAPPED_ADDRESS)

    async def allocate(self) -> Allocated:
        """Allocate a relay.

        Raises:
            LineError: The connection failed or timed out.
            NoRealm: The server names no realm.
            Refused: The server refuses.
        """
        answer = await self._ask("allocation", stun.ALLOCATE, (stun.REQUESTED_TRANSPORT, UDP_OF_RELAY))
        relayed = _needed(answer, stun.XOR_RELAYED_ADDRESS)
        return Allocated(relayed, answer.address(stun.XOR_MAPPED_ADDRESS), self._key is None)

    async def release(self) -> None:
        """Release the relay.

        Raises:
            LineError: The connection failed or timed out.
            NoRealm: The server names no realm.
            Refused: The server refuses.
        """
        await self._ask("release", stun.REFRESH, (stun.LIFETIME, bytes(4)))

    async def permit(self, peer: Endpoint) -> None:
        """Permit a peer's address.

        Raises:
            LineError: The connection failed or timed out.
            NoRealm: The server names no realm.
            Refused: The server refuses.
        """
        await self._ask("permission", stun.CREATE_PERMISSION, peer=peer)

    def send(self, peer: Endpoint, data: bytes) -> None:
        """Send through the relay, without confirmation."""
        transaction = stun.new_transaction()
        attributes = ((stun.XOR_PEER_ADDRESS, stun.masked(peer, transaction)), (stun.DATA, data))
        self._line.send(stun.encode(Message(stun.SEND, stun.INDICATION, transaction, attributes)))

    async def heard(self) -> bytes:
        """Return the next data that comes through the relay; `heard_from` is its sender.

        Raises:
            LineError: The connection failed or timed out.
        """
        while True:
            message = self._arrived.popleft() if self._arrived else await self._receive()
            if (message.method, message.kind) == (stun.DATA_METHOD, stun.INDICATION):
                self.heard_from = _address(message, stun.XOR_PEER_ADDRESS)
                return message.first(stun.DATA) or b""

    async def _ask(
        self, step: str, method: int, *attributes: tuple[int, bytes], peer: Endpoint | None = None
    ) -> Message:
        for _ in range(NONCES):
            signed = self._key is not None
            answer = await self._exchange(method, attributes, peer)
            if answer.kind != stun.ERROR:
                return answer
            code, reason = answer.error()
            if not (code == STALE_NONCE or (code == UNAUTHORIZED and not signed)):
                raise Refused(step, code, reason)
            self._learn(answer)
        raise Refused(step, STALE_NONCE, "every nonce is stale")

    def _learn(self, answer: Message) -> None:
        self._realm = (answer.first(stun.REALM) or b"").decode("utf-8", "replace")
        self._nonce = answer.first(stun.NONCE) or b""
        if not self._realm or not self._nonce:
            raise NoRealm
        self._key = stun.long_term_key(self._username, self._realm, self._credential)

    async def _exchange(
        self, method: int, attributes: tuple[tuple[int, bytes], ...], peer: Endpoint | None = None
    ) -> Message:
        transaction = stun.new_transaction()
        if peer is not None:
            attributes += ((stun.XOR_PEER_ADDRESS, stun.masked(peer, transaction)),)
        if self._key is not None:
            attributes += (
                (stun.USERNAME, self._username.encode()),
                (stun.REALM, self._realm.encode()),
                (stun.NONCE, self._nonce),
            )
        data = stun.encode(Message(method, stun.REQUEST, transaction, attributes), self._key)
        for pause in UDP_PAUSES if self._line.lossy else (STREAM_SECONDS,):
            self._line.send(data)
            try:
                async with asyncio.timeout(pause):
                    return await self._answer(transaction)
            except TimeoutError:
                continue
        raise LineError("silent", "nothing answers")

    async def _answer(self, transaction: bytes) -> Message:
        while True:
            message = await self._receive()
            if message.transaction == transaction:
                return message
            self._arrived.append(message)

    async def _receive(self) -> Message:
        while True:
            data = await self._line.receive()
            try:
                return stun.decode(data)
            except NotStun as error:
                if not self._line.lossy:
                    raise LineError("closed", "the server there is not a STUN or TURN server") from error


def _address(message: Message, attribute: int) -> Endpoint | None:
    try:
        return message.address(attribute)
    except NotStun as error:
        raise LineError("closed", "the answer has an invalid address") from error


def _needed(answer: Message, attribute: int) -> Endpoint:
    found = _address(answer, attribute)
    if found is None:
        raise LineError("closed", "the answer has no address")
    return found
