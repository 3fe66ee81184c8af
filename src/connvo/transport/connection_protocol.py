"""The life of an HTTP connection: it is counted, watched, refused with an answer, and closed so that this is read.

Guarantees: a connection ends when its client sends no head in time, reads none of an answer, or goes on sending after
a refusal. Timers run only while the client has to act.

Does not know: the bytes of a request; `server_protocol` parses them.
"""

import asyncio
from dataclasses import dataclass

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from connvo.kernel.errors import RequestError, request_error
from connvo.settings import HttpSettings

from .addresses import UNKNOWN, ClientAddresses, network_of, parse_address
from .connection_timers import Deadline, Discarding, WriteWatch
from .connections import STATE_KEY, Connection, Connections, Refused, uncounted
from .http.response import SECURITY, error_response
from .request_meter import RequestMeter

# An unread body is discarded up to this size, in this time: a client that still sends does not read the answer.
DRAINED_BYTES = 16 * 1024 * 1024
DRAIN_SECONDS = 10.0
# After a refusal the client has this long to read it, and may send this much meanwhile.
LINGER_SECONDS = 1.0
LINGER_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Listener:
    """The parts that all connections of a listener share."""

    limits: HttpSettings
    connections: Connections
    addresses: ClientAddresses
    refused: Refused = uncounted


class ConnectionProtocol(HttpToolsProtocol):
    """uvicorn's protocol of one connection, with an end to all waiting."""

    def __init__(
        self,
        listener: Listener,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._listener = listener
        self._connection: Connection | None = None
        self._meter = RequestMeter(listener.limits)
        self._refused = self._is_handed_over = False
        self._head_deadline = Deadline(self.loop)
        self._discarding = Discarding(self.loop)
        self._writing = WriteWatch(self.loop, listener.limits.stalled_seconds, self._cut_off)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and start the timer for its first request."""
        super().connection_made(transport)
        network = network_of_peer(self.client, self._listener.addresses)
        self._connection = connection = self._listener.connections.enter(network, transport.abort)
        if connection is None:
            self._refuse(request_error("TooManyConnections"))
            return
        self.app_state = {**self.app_state, STATE_KEY: connection}
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection."""
        self._stop_timers()
        if self._connection is not None:
            self._connection.leave()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return not self.pipeline and (cycle is None or cycle.response_complete)

    def _await_head(self) -> None:
        self._head_deadline.set(self._listener.limits.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        if self.transport.is_closing() or not self._is_idle():
            return  # the keep-alive timer takes over in on_response_complete
        if self._meter.in_head:
            self._refuse(request_error("RequestTimeout"))
        else:
            self._cut_off()

    def _refuse(self, error: RequestError) -> None:
        """Answer with an error and close the connection; while another answer is under way, only close it."""
        self._refused = True
        self._stop_timers()
        if self._connection is not None:
            self._listener.refused("head")
        if self._meter.in_body and self._is_handed_over:
            may_answer = not self.pipeline and withdraw(self.cycle)
        else:
            may_answer = self._is_idle()
        if not may_answer or self.transport.is_closing():
            self.transport.abort()
            return
        self.transport.write(closing_answer(error))
        if self._connection is None or not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self._discarding.start(LINGER_BYTES, LINGER_SECONDS, self.transport.abort)

    def _close_answered(self) -> None:
        """Close behind the last answer; a client that sends a body all the same gets to read it."""
        if not self._meter.in_message or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._refused = True
        self._head_deadline.cancel()
        self.pipeline.clear()
        self.transport.write_eof()
        self._discarding.start(DRAINED_BYTES, DRAIN_SECONDS, self._cut_off)

    def _cut_off(self) -> None:
        self._listener.refused("slow")
        self.transport.abort()

    def _stop_timers(self) -> None:
        self._unset_keepalive_if_required()
        self._head_deadline.cancel()
        self._discarding.stop()
        self._writing.stop()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP."""
        self._refuse(request_error("BadRequest"))

    def pause_writing(self) -> None:
        """Start the check that the client reads its answer."""
        super().pause_writing()
        self._writing.start(self.transport)

    def resume_writing(self) -> None:
        """Stop that check."""
        self._writing.stop()
        super().resume_writing()


def network_of_peer(peer: tuple[str, int] | None, addresses: ClientAddresses) -> str | None:
    """Return the network of the address that connected; None for a trusted proxy."""
    address = parse_address(peer[0]) if peer else None
    if address is None:
        return UNKNOWN
    return None if addresses.is_proxy(address) else network_of(address)


def withdraw(cycle: RequestResponseCycle | None) -> bool:
    """Withdraw a request with a refused body from the application; return False if its answer has begun."""
    if cycle is None or cycle.response_started:
        return False
    cycle.disconnected = True
    cycle.message_event.set()
    return True


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
