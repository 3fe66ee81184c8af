"""Limits on HTTP connections: bytes that arrive before a request is known cost little, however slowly they come.

Guarantees: the head of a request or WebSocket handshake is bounded in bytes, fields and seconds. Also bounded are the
framing of a chunked body, an unread body, pipelined requests, and the time in which a client reads none of an answer.
Errors of HTTP itself are JSON like all others.

Does not know: routes, tokens, functions. ASGI begins after a whole head, so this module and `sync.websocket_protocol`
depend on the server library.
"""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.http11 import Response

from connvo.kernel.errors import RequestError, request_error
from connvo.settings import HttpSettings

from .addresses import ClientAddresses
from .connection_protocol import DRAIN_SECONDS, DRAINED_BYTES, ConnectionProtocol, Listener
from .connections import STATE_KEY, Connection, Connections, Refused
from .expectations import AnswerTransport, awaits_continue, closing_unasked
from .http.response import SECURITY
from .request_meter import PIECE_BYTES, WITHOUT_HOST
from .sync.websocket_protocol import FragmentingProtocol

MAX_PIPELINED = 16
SWITCHING_PROTOCOLS = 101


class HttpProtocol(ConnectionProtocol):
    """The protocol of one connection, with limits on what it parses."""

    def __init__(
        self,
        listener: Listener,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(listener, config, server_state, app_state, _loop)
        self._application = self.app

    def data_received(self, data: bytes) -> None:
        """Parse bytes that are within the limits."""
        for piece in pieces_of(data):
            if self._refused:
                self._discarding.add(len(piece))
            elif not self._parse(piece):
                return

    def _parse(self, piece: bytes) -> bool:
        """Parse bytes; return whether this protocol is to parse those behind them, too."""
        self._unset_keepalive_if_required()
        self._meter.begin_piece()
        goes_on = True
        try:
            self.parser.feed_data(piece)
            if not self.transport.is_closing():
                self._meter.end_piece(len(piece))
        except httptools.HttpParserUpgrade:
            goes_on = False
            if self._should_upgrade():
                self._stop_timers()
                self.handle_websocket_upgrade()
                return False
        except httptools.HttpParserError as error:
            refusal = error.__context__  # what a callback of the parser raised
            self._refuse(refusal if isinstance(refusal, RequestError) else request_error("BadRequest"))
            return True
        except RequestError as refusal:
            self._refuse(refusal)
            return True
        if self.transport.is_closing():
            return False
        self._wait()
        return goes_on

    def _wait(self) -> None:
        """Set the timer for what the client has to send next."""
        if self._meter.awaits_head:
            if not self._head_deadline.is_set:
                self._await_head()
        elif not self._meter.in_message and self._is_idle() and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    # Events of the parser. It turns errors that are raised in them into its own.

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._is_handed_over = False
        self._meter.begin()

    def on_url(self, url: bytes) -> None:
        """Add a part of the address."""
        self._meter.add_target(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a field of the head; trailers after the body are ignored."""
        if self._meter.in_head:
            self._meter.add_field(name, value)
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request, or queue it behind the one under way."""
        self._head_deadline.cancel()
        version = self.parser.get_http_version()
        self._meter.end_head(version)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise request_error("TooManyRequests")
        if self._connection is not None:
            self._connection.touch()
        self.expect_100_continue = waits = version != WITHOUT_HOST and awaits_continue(self.headers)
        self.app = cast(ASGI3Application, closing_unasked(self._application)) if waits else self._application
        super().on_headers_complete()
        self._is_handed_over = True
        if waits and self.cycle is not None:
            self.cycle.transport = cast(asyncio.Transport, AnswerTransport(self.transport, self._close_answered))

    def on_body(self, body: bytes) -> None:
        """Add a part of the body, or discard it if the request was answered already."""
        self._meter.add_body(len(body))
        if self._discarding.is_on:
            self._discarding.add(len(body))
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Record that the client has sent the whole request."""
        self._meter.end()
        self._discarding.stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on to the next request; a body still arriving has a time limit."""
        super().on_response_complete()
        if self._meter.in_body and self._is_idle() and not self._refused:
            self._discarding.start(DRAINED_BYTES, DRAIN_SECONDS, self._cut_off)


class WebSocketProtocol(FragmentingProtocol):
    """The protocol of a WebSocket; its connection was counted when it began as HTTP."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._respond = self.conn.send_response
        self.conn.send_response = self._respond_safely  # type: ignore[method-assign]

    def _respond_safely(self, response: Response) -> None:
        """Send the answer to a handshake; refusals have the security headers of all other answers."""
        if response.status_code != SWITCHING_PROTOCOLS:
            for name, value in SECURITY:
                response.headers[name.decode()] = value.decode()
        self._respond(response)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        connection = self.app_state.get(STATE_KEY)
        if isinstance(connection, Connection):
            connection.leave()
        super().connection_lost(exc)


def protocol_factory(
    limits: HttpSettings, connections: Connections, addresses: ClientAddresses, refused: Refused
) -> type[asyncio.Protocol]:
    """Return the protocol that uvicorn makes, with its own arguments, for each new connection."""
    return cast(type[asyncio.Protocol], partial(HttpProtocol, Listener(limits, connections, addresses, refused)))


def pieces_of(data: bytes) -> Iterator[bytes]:
    """Yield bytes in pieces that are parsed at once."""
    if len(data) <= PIECE_BYTES:
        yield data
        return
    for start in range(0, len(data), PIECE_BYTES):
        yield data[start : start + PIECE_BYTES]
