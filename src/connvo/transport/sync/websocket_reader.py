"""The receiving half of a WebSocket: one message at a time, within limits, and no more pongs than the client reads.

Guarantees: bytes after a message are parsed only when the application asks for the next one, so limits that change with
a message apply from the next one on. A client that does not read the end of its connection is cut off.
"""

import asyncio
import logging
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from .close_codes import BUSY, NOT_TEXT, OVERLOADED, POLICY
from .frame_limits import FrameGate, FrameRefused, ReadLimits
from .overlong import OverlongText

# An ASGI extension of this server: a function that sets the `ReadLimits` of a connection.
LIMITS_EXTENSION = "connvo.limits"
# Time for a client to read the end of its connection.
LINGER_SECONDS = 5.0
# After the server has ended a connection, the client may send this much more, for this long, before it is cut off.
DRAINED_BYTES = 2 * 1024 * 1024
DRAIN_SECONDS = 2.0
NO_UPGRADE = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
# For applications that set no limits.
MESSAGE_SECONDS = 60.0
CONTROL_FRAMES = 1000.0
FRAGMENTS = 100_000.0


class CountedPongs(ServerProtocol):
    """The protocol without automatic pongs. `pong_due` is the payload of the newest unanswered ping.

    One pong answers all pings before it (RFC 6455, 5.5.3).
    """

    pong_due: bytes | None = None

    def recv_frame(self, frame: Frame) -> None:
        """Handle a frame; a ping is only recorded."""
        if frame.opcode is Opcode.PING:
            self.pong_due = bytes(frame.data)
            self.events.append(frame)
        else:
            super().recv_frame(frame)


class GuardedProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with limits on received data."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn: CountedPongs = CountedPongs(
            extensions=self.conn.available_extensions,
            max_size=self.config.ws_max_size,
            logger=logging.getLogger("uvicorn.error"),
        )
        self._held = bytearray()
        self._asked = False
        self._gate = FrameGate(ReadLimits(self.config.ws_max_size, MESSAGE_SECONDS, CONTROL_FRAMES, FRAGMENTS))
        self._overlong: OverlongText | None = None
        self._kept_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._cut_off: asyncio.TimerHandle | None = None
        self._drained: int | None = None

    async def run_asgi(self) -> None:
        """Serve the connection."""
        extensions: dict[str, Any] = cast(Any, self.scope).setdefault("extensions", {})
        extensions[LIMITS_EXTENSION] = self._set_limits
        await super().run_asgi()
        self._cut_off_later()

    def _set_limits(self, limits: ReadLimits) -> None:
        self._gate.limits = limits

    async def receive(self) -> Any:
        """Return the next ASGI event; bytes that arrived after the last one are parsed now."""
        if not self._gate.unfinished:
            self._keep(0)  # the last message was handled
        self._asked = True
        if self.queue.empty():
            self._read_on()
        event = await self.queue.get()
        self._asked = False
        return event

    async def send(self, message: Any) -> None:
        """Send an ASGI event."""
        await super().send(message)
        if message["type"] == "websocket.close":
            self._cut_off_later()
            self._read_on()  # finds the client's own close

    def data_received(self, data: bytes) -> None:
        """Handle bytes from the network."""
        if not self.handshake_initiated:
            super().data_received(data)
            if not self.handshake_initiated:
                self._reject()
        elif self._drained is not None:
            self._drain(len(data))
        else:
            self._held += data
            self._read_on()

    def _reject(self) -> None:
        """Refuse an invalid upgrade, such as one with a body."""
        self.handshake_complete = True
        self.conn.data_to_send()
        self.transport.write(NO_UPGRADE)
        self.transport.close()

    @property
    def _may_read(self) -> bool:
        return self.close_sent or (self._asked and self.handshake_complete and self.queue.empty())

    def _read_on(self) -> None:
        """Parse the bytes held, up to the end of a message."""
        try:
            while self._held and self._may_read and not self.transport.is_closing():
                began = self._gate.unfinished
                size = self._gate.next(self._held)
                if not size:
                    break
                piece = bytes(self._held[:size])
                del self._held[:size]
                if began or self._gate.unfinished:
                    self._keep(min(self._kept_bytes + size, self._gate.limits.message_bytes))
                if self._gate.overlong:
                    self._shorten(piece)
                else:
                    self._parse(piece)
        except FrameRefused as refused:
            self._refuse(refused.code, refused.reason)
        self._pause_or_resume()
        self._set_deadline()

    def _keep(self, size: int) -> None:
        """Take room for so many bytes of the message.

        Raises:
            FrameRefused: There is too little.
        """
        if size != self._kept_bytes and not self._gate.limits.has_room(size):
            raise FrameRefused(BUSY, OVERLOADED)
        self._kept_bytes = size

    def _shorten(self, piece: bytes) -> None:
        """Read a piece of a text above the limit; the library gets an empty frame in place of each whole one."""
        gate = self._gate
        if self._overlong is None:
            self._overlong = OverlongText(gate.limits.message_bytes, self.frames)
            self.frames = []
        self._overlong.add(piece, gate.header_bytes)
        if gate.frame_ended:
            self._parse(self._overlong.empty_frame)

    def _parse(self, piece: bytes) -> None:
        if self.conn.eof_sent:
            return  # the client has closed: bytes after that are ignored
        self.conn.max_message_size = self._gate.limits.message_bytes
        self.conn.receive_data(piece)
        if self.conn.parser_exc is not None:
            self.handle_parser_exception()
            return
        self.handle_events()

    def _pause_or_resume(self) -> None:
        wait = bool(self._held) and not self._may_read and self._drained is None
        if self.transport.is_closing() or wait == self.read_paused:
            return
        self.read_paused = wait
        if wait:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _set_deadline(self) -> None:
        """Set the time limit of a message that has begun; time while reading is paused does not count."""
        arriving = (self._gate.unfinished or bool(self._held)) and not self.read_paused
        if arriving and self._deadline is None:
            self._deadline = self.loop.call_later(self._gate.limits.message_seconds, self._too_slow)
        elif not arriving and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self._refuse(POLICY, "a message took too long")

    def send_receive_event_to_app(self) -> None:
        """Pass a whole message to the application, and parse nothing after it."""
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        overlong, self._overlong = self._overlong, None
        if self.close_sent:
            return
        if self.curr_msg_data_type != "text":
            self.queue.put_nowait({"type": "websocket.receive", "bytes": bytes(data)})
            return
        try:
            text = data.decode() if overlong is None else overlong.shortened().decode()
        except UnicodeDecodeError:
            self._refuse(NOT_TEXT, "a text is not UTF-8")
            return
        self.queue.put_nowait({"type": "websocket.receive", "text": text})

    def handle_ping(self) -> None:
        """Answer a ping, if the client reads."""
        if self.conn.pong_due is None or not self.writable.is_set():
            return
        payload, self.conn.pong_due = self.conn.pong_due, None
        if self.conn.state in (State.OPEN, State.CLOSING):
            self.conn.send_pong(payload)
            self.transport.write(b"".join(self.conn.data_to_send()))

    def resume_writing(self) -> None:
        """Resume sending, with the waiting pong first."""
        super().resume_writing()
        self.handle_ping()

    def keepalive_timeout(self) -> None:
        """Cut off a client that has not answered, as it would not read waiting data."""
        if self.read_paused and self.writable.is_set() and self.ping_timeout is not None:
            # Its pong may be behind messages that the application has not asked for.
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        for timer in (self._deadline, self._cut_off):
            if timer is not None:
                timer.cancel()
        self._held.clear()
        self._overlong = None
        self._keep(0)
        super().connection_lost(exc)

    def _refuse(self, code: int, reason: str) -> None:
        """End the connection, with a code and a reason."""
        self._held.clear()
        if self.transport.is_closing() or self.conn.eof_sent:
            self.transport.close()
            return
        self.conn.fail(code, reason)
        self.conn.parser_exc = ProtocolError(reason)
        self.handle_parser_exception()

    def handle_parser_exception(self) -> None:
        """End the connection of a client that broke the protocol.

        Bytes that it still sends are read and discarded for a moment: left unread, they would keep the reason from
        arriving.
        """
        sent = self.conn.close_sent
        if sent is not None:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": sent.code, "reason": sent.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.close_sent = True
        self._held.clear()
        self._drained = 0
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(DRAIN_SECONDS, self.transport.abort)

    def _drain(self, size: int) -> None:
        self._drained = (self._drained or 0) + size
        if self._drained > DRAINED_BYTES:
            self.transport.abort()

    def _cut_off_later(self) -> None:
        """Abort the connection later, if the client does not read its end."""
        if self._cut_off is None and not self.disconnected:
            self._cut_off = self.loop.call_later(self.close_timeout + LINGER_SECONDS, self.transport.abort)
