"""Limits on HTTP connections: bytes that arrive before a request is known cost little, however slowly they come.

Guarantees: the head of a request or WebSocket handshake is bounded in bytes, fields and seconds. Also bounded are the
framing of a chunked body, an unread body, pipelined requests, and the time in which a client reads none of an answer.
Errors of HTTP itself are JSON like all others.

Does not know: routes, tokens, functions. ASGI begins after a whole head, so this module and `sync.websocket_protocol`
depend on the server library.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from websockets.http11 import Response

from connvo.kernel.errors import RequestError, request_error
from connvo.settings import HttpSettings

from .addresses import UNKNOWN, ClientAddresses, network_of, parse_address
from .connections import STATE_KEY, Connection, Connections, Refused, uncounted
from .expectations import AnswerTransport, closing_unasked
from .http.response import SECURITY, error_response
from .sync.websocket_protocol import FragmentingProtocol

MAX_PIPELINED = 16
# An unread body is discarded up to this size, in this time: a client that still sends does not read the answer.
DRAINED_BYTES = 16 * 1024 * 1024
DRAIN_SECONDS = 10.0
# After a refusal the client has this long to read it, and may send this much meanwhile.
LINGER_SECONDS = 1.0
LINGER_BYTES = 256 * 1024
# Most bytes of chunk sizes, extensions and trailers: a fixed amount, and this many for each byte of the body.
FRAMING_BYTES = 32 * 1024
FRAMING_SHARE = 8
MIN_BYTES_PER_SECOND = 1024
SWITCHING_PROTOCOLS = 101
WITHOUT_HOST = "1.0"  # RFC 9112, 3.2: later versions require a Host field
FIELD_OVERHEAD_BYTES = 4  # ": " and the end of the line


class Refusal(Exception):
    """A request beyond a limit; it stops the parser."""


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol of one connection, with limits. Timers run only while the client has to act."""

    def __init__(
        self,
        limits: HttpSettings,
        connections: Connections,
        addresses: ClientAddresses,
        refused: Refused = uncounted,
        **given: Any,
    ) -> None:
        super().__init__(**given)
        self._application = self.app
        self._limits = limits
        self._counted = connections
        self._addresses = addresses
        self._note_refused = refused
        self._connection: Connection | None = None
        self._refused = False
        self._lingering_bytes, self._linger_limit = 0, LINGER_BYTES
        self._error: RequestError | None = None
        self._in_message = self._is_handed_over = False
        self._in_head = False
        self._message_ended = False
        self._is_drained = False
        self._head_bytes = 0
        self._field_bytes = 0
        self._hosts = 0
        self._framed_bytes = 0
        self._body_bytes = 0
        self._drained_bytes = 0
        self._unsent_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._drain_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    # A connection's life.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and start the timer for its first request."""
        super().connection_made(transport)
        self._connection = connection = self._counted.enter(self._network(), transport.abort)
        if connection is None:
            self._refuse(request_error("TooManyConnections"))
            return
        self.app_state = {**self.app_state, STATE_KEY: connection}
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._stop_timers()
        if self._connection is not None:
            self._connection.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse bytes that are within the limits."""
        if self._refused:
            self._linger(len(data))
            return
        self._unset_keepalive_if_required()
        was_in_head, was_in_body = not self._in_message or self._in_head, self._in_message and not self._in_head
        self._message_ended = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self._stop_timers()
                self.handle_websocket_upgrade()
                return
        except httptools.HttpParserError:
            self._refuse(self._error or request_error("BadRequest"))
            return
        if self.transport.is_closing():
            return
        if was_in_body and not self._message_ended:
            self._count_framing(len(data))
        self._wait(len(data) if was_in_head and not self._message_ended else 0)

    def _wait(self, head_bytes: int) -> None:
        """Set the timer for what the client has to send next; `head_bytes` continued a head that had begun."""
        if self._in_head or (not self._in_message and not self._message_ended):
            self._head_bytes += head_bytes
            if self._head_bytes > self._limits.head_bytes:
                self._refuse(request_error("HeadTooLarge"))
            elif self._head_timer is None:
                self._start_head_timer()
        elif not self._in_message and self._is_idle() and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return not self.pipeline and (cycle is None or cycle.response_complete)

    # Events of the parser.

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._in_message = self._in_head = True
        self._is_handed_over = False
        self._hosts = 0
        self._field_bytes = self._framed_bytes = self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Add a part of the address."""
        if len(self.url) + len(url) > self._limits.target_bytes:
            self._stop(request_error("AddressTooLong"))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a field of the head; trailers after the body are ignored."""
        if not self._in_head:
            return
        self._field_bytes += len(name) + len(value) + FIELD_OVERHEAD_BYTES
        too_long = len(self.url) + self._field_bytes > self._limits.head_bytes
        if too_long or len(self.headers) >= self._limits.head_fields:
            self._stop(request_error("HeadTooLarge"))
        if name.lower() == b"host":
            self._hosts += 1
            if self._hosts > 1:  # RFC 9112, 3.2: a proxy and this server could each choose another one
                self._stop(request_error("BadRequest", "The request has more than one `Host` field: send one"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request, or queue it behind the one under way."""
        self._in_head = False
        self._head_bytes = 0
        self._stop_head_timer()
        if not self._hosts and self.parser.get_http_version() != WITHOUT_HOST:
            self._stop(request_error("BadRequest", "The request has no `Host` field: send one"))
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop(request_error("TooManyRequests"))
        if self._connection is not None:
            self._connection.touch()
        waits = self.expect_100_continue
        self.app = cast(Any, closing_unasked(self._application)) if waits else self._application
        super().on_headers_complete()
        self._is_handed_over = True
        if waits and self.cycle is not None:
            self.cycle.transport = cast(asyncio.Transport, AnswerTransport(self.transport, self._close_answered))

    def on_body(self, body: bytes) -> None:
        """Add a part of the body, or discard it if the request was answered already."""
        self._body_bytes += len(body)
        if self._is_drained:
            self._drained_bytes += len(body)
            if self._drained_bytes > DRAINED_BYTES:
                self._cut_off()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Record that the client has sent the whole request."""
        self._in_message = False
        self._message_ended = True
        if self._is_drained:
            self._stop_draining()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on to the next request; a body still arriving has a time limit."""
        super().on_response_complete()
        if self._in_message and not self._in_head and self._is_idle() and not self._refused:
            self._is_drained, self._drained_bytes = True, 0
            self._drain_timer = self.loop.call_later(DRAIN_SECONDS, self._cut_off)

    # Limits.

    def _count_framing(self, size: int) -> None:
        self._framed_bytes += size
        if self._framed_bytes > FRAMING_BYTES + FRAMING_SHARE * self._body_bytes:
            self._refuse(request_error("BadRequest", "The chunked body has too much framing: send larger chunks"))

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.transport.is_closing() or not self._is_idle():
            return  # the keep-alive timer takes over in on_response_complete
        if self._in_head:
            self._refuse(request_error("RequestTimeout"))
        else:
            self._cut_off()

    def _stop(self, error: RequestError) -> None:
        """Stop parsing.

        Raises:
            Refusal: Always; the parser raises its own error from it.
        """
        self._error = error
        raise Refusal

    def _refuse(self, error: RequestError) -> None:
        """Answer with an error and close the connection; while another answer is under way, only close it."""
        self._refused = True
        self._stop_timers()
        if self._connection is not None:
            self._note_refused("head")
        in_body = self._in_message and self._is_handed_over
        if not (self._gave_up_body() if in_body else self._is_idle()) or self.transport.is_closing():
            self.transport.abort()
            return
        self.transport.write(closing_answer(error))
        if self._connection is None or not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self._drain_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _gave_up_body(self) -> bool:
        """Withdraw a request with a refused body from the application, unless its answer has begun."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or self.pipeline or cycle.response_started:
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        return True

    def _close_answered(self) -> None:
        """Close behind the last answer; a client that sends a body all the same gets to read it."""
        if not self._in_message or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._refused, self._linger_limit = True, DRAINED_BYTES
        self._stop_head_timer()
        self.pipeline.clear()
        self.transport.write_eof()
        self._drain_timer = self.loop.call_later(DRAIN_SECONDS, self._cut_off)

    def _linger(self, size: int) -> None:
        self._lingering_bytes += size
        if self._lingering_bytes > self._linger_limit:
            self.transport.abort()

    def _cut_off(self) -> None:
        self._note_refused("slow")
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP."""
        self._refuse(request_error("BadRequest"))

    # A client that does not read.

    def pause_writing(self) -> None:
        """Start the timer that checks whether the client reads its answer."""
        super().pause_writing()
        self._unsent_bytes = self.transport.get_write_buffer_size()
        self._stall_timer = self.loop.call_later(self._limits.stalled_seconds, self._check_progress)

    def resume_writing(self) -> None:
        """Cancel the timer: the client has read most of its answer."""
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
        super().resume_writing()

    def _check_progress(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if self._unsent_bytes - unsent < MIN_BYTES_PER_SECOND * self._limits.stalled_seconds:
            self._cut_off()
            return
        self._unsent_bytes = unsent
        self._stall_timer = self.loop.call_later(self._limits.stalled_seconds, self._check_progress)

    # Helpers.

    def _network(self) -> str | None:
        address = parse_address(self.client[0]) if self.client else None
        if address is None:
            return UNKNOWN
        return None if self._addresses.is_proxy(address) else network_of(address)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_draining(self) -> None:
        self._is_drained = False
        if self._drain_timer is not None:
            self._drain_timer.cancel()
            self._drain_timer = None

    def _stop_timers(self) -> None:
        self._unset_keepalive_if_required()
        self._stop_head_timer()
        self._stop_draining()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None


class WebSocketProtocol(FragmentingProtocol):
    """The protocol of a WebSocket; its connection was counted when it began as HTTP."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
) -> Callable[..., HttpProtocol]:
    """Return the function that uvicorn calls, with its own arguments, for each new connection."""

    def make(**given: Any) -> HttpProtocol:
        return HttpProtocol(limits, connections, addresses, refused, **given)

    return make


def closing_answer(error: RequestError) -> bytes:
    """Return the encoded answer to a request refused before it was complete."""
    response = error_response(error)
    headers = [
        (b"content-type", response.content_type),
        (b"content-length", str(len(response.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        *SECURITY,
        *response.headers,
    ]
    lines = [STATUS_LINE[response.status], *(b"%s: %s\r\n" % header for header in headers), b"\r\n", response.body]
    return b"".join(lines)
