"""An HTTP request as handlers see it, and its body, read within limits of size and time."""

import asyncio
import os
import re
from urllib.parse import parse_qsl, quote, unquote

from connvo.kernel.errors import RequestError, request_error
from connvo.runtime.origins import Origin, agent_of
from connvo.transport.addresses import DIRECT, ClientAddresses
from connvo.transport.asgi import Message, Receive, Scope
from connvo.transport.connections import Connection
from connvo.transport.expectations import EXPECT, awaits_continue

REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
REQUEST_ID_BYTES = 8
# A client that is still sending does not read the answer: this much of an oversized body is read and discarded, so that
# ordinary clients get the reason.
DRAINED_BYTES = 16 * 1024 * 1024


API = "/api/"
# Everything that RFC 3986 allows in a path besides letters, digits and "-._~".
PATH_CHARACTERS = "/:@!$&'()*+,;="


class ClientGone(Exception):
    """The client disconnected before it had sent the whole request, so there is no client to answer."""


class Request:
    """Method, path, headers (names in lower case) and, on demand, the body. The path is the one that was sent.

    `client` is the key of the network that it comes from, see `addresses`. `peer` is the address that connected,
    `connection` the connection that it arrived on, if known.
    """

    __slots__ = (
        "_addresses",
        "_receive",
        "_waits",
        "client",
        "connection",
        "headers",
        "id",
        "method",
        "path",
        "peer",
        "raw_query",
        "scheme",
    )

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        addresses: ClientAddresses = DIRECT,
        connection: Connection | None = None,
    ) -> None:
        self._receive = receive
        self._addresses = addresses
        self.connection = connection
        self.method: str = scope["method"]
        self.scheme: str = scope.get("scheme", "http")
        self.path: str = path_of(scope)
        self.raw_query: bytes = scope.get("query_string") or b""
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self._waits = EXPECT in self.headers and awaits_continue(scope["headers"])
        peer = scope.get("client")
        self.peer: str | None = peer[0] if peer else None
        self.client = (connection and connection.network) or addresses.key_of(peer, self.headers)
        self.id = self._own_id() or os.urandom(REQUEST_ID_BYTES).hex()

    def origin(self) -> Origin:
        """Return the origin of the calls in this request."""
        address = self._addresses.address(self.peer, self.headers)
        return Origin(
            request_id=self.id,
            address=None if address is None else str(address),
            agent=agent_of(self.headers.get(b"user-agent")),
        )

    def segments_after(self, prefix: str) -> list[str]:
        """Return the path's segments after `prefix`, each URL-decoded separately."""
        return [unquote(segment) for segment in self.path[len(prefix) :].split("/")]

    def query(self) -> dict[str, str]:
        """Return the parameters of the query string; of several with one name, the last."""
        return dict(parse_qsl(self.raw_query.decode("latin-1"), keep_blank_values=True))

    @property
    def is_json(self) -> bool:
        """Return whether the content type is JSON."""
        media = self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        return media == b"application/json" or (media.startswith(b"application/") and media.endswith(b"+json"))

    @property
    def wants_page(self) -> bool:
        """Return whether a browser asks for a page: HTML, named before any JSON."""
        accept = self.headers.get(b"accept", b"").lower()
        html, json = accept.find(b"text/html"), accept.find(b"json")
        return html >= 0 and (json < 0 or html < json)

    def announced_bytes(self, max_bytes: int) -> int:
        """Return the length of the body as announced; `max_bytes` if it comes in chunks of any length."""
        return max_bytes if b"transfer-encoding" in self.headers else self._declared_length()

    async def body(self, max_bytes: int, seconds: float) -> bytes:
        """Return the whole body.

        Raises:
            RequestError: BodyTooLarge or RequestTimeout.
            ClientGone: The client has disconnected.
        """
        if self._declared_length() > max_bytes:
            await self._refuse(max_bytes, seconds, 0)
        message = await self._receive_within(seconds)
        if not message.get("more_body", False):
            whole: bytes = message.get("body", b"")
            if len(whole) > max_bytes:
                raise too_large(max_bytes)
            return whole
        return await self._rest(message.get("body", b""), max_bytes, seconds)

    async def _rest(self, first: bytes, max_bytes: int, seconds: float) -> bytes:
        chunks, size, more = [first], len(first), True
        deadline = asyncio.get_running_loop().time() + seconds
        while more:
            if size > max_bytes:
                await self._refuse(max_bytes, seconds, size)
            message = await self._receive_within(deadline - asyncio.get_running_loop().time())
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            more = message.get("more_body", False)
        if size > max_bytes:
            raise too_large(max_bytes)
        return b"".join(chunks)

    async def _refuse(self, max_bytes: int, seconds: float, taken: int) -> None:
        """Discard the rest of a body within limits, then refuse the request.

        Raises:
            RequestError: BodyTooLarge, always.
        """
        if not self._waits and self._declared_length() <= DRAINED_BYTES:
            try:
                async with asyncio.timeout(seconds):
                    while taken <= DRAINED_BYTES:
                        message = await self._receive()
                        taken += len(message.get("body", b""))
                        if not message.get("more_body", False):
                            break
            except TimeoutError:
                pass
        raise too_large(max_bytes)

    async def _receive_within(self, seconds: float) -> Message:
        try:
            async with asyncio.timeout(seconds):
                message = await self._receive()
        except TimeoutError:
            raise request_error("RequestTimeout") from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        return message

    def _declared_length(self) -> int:
        declared = self.headers.get(b"content-length", b"")
        return int(declared) if declared.isdigit() else 0

    def _own_id(self) -> str | None:
        given = self.headers.get(b"convex-request-id")
        return given.decode() if given is not None and REQUEST_ID.fullmatch(given) else None


def path_of(scope: Scope) -> str:
    """Return the path of an ASGI scope as it was sent, percent-encoded: the only spelling under which routes are found.

    Otherwise `/%6detrics` would be `/metrics` here, and another path for a proxy that blocks `/metrics`.
    """
    raw = scope.get("raw_path")
    path: str = raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"], safe=PATH_CHARACTERS)
    return collapse(path)


def collapse(path: str) -> str:
    """Return a path below `/api/` with one leading slash: clients whose base address ends in a slash send two.

    Any other path stays as it is, as a proxy that blocks `/metrics` may compare the exact path.
    """
    plain = "/" + path.lstrip("/")
    return plain if plain.startswith(API) else path


def too_large(max_bytes: int) -> RequestError:
    """Return the error for a body beyond the limit."""
    return request_error("BodyTooLarge", f"The body is larger than the limit of {max_bytes} bytes: send less at once")
