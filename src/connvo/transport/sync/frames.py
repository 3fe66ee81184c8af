"""WebSocket frames: large texts leave in pieces, and a client that answers no ping is cut off.

Some clients read no frame above 16 MiB, whatever the message may be long. ASGI knows whole messages only, so this
is the one place that knows the WebSocket library.
"""

from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

LARGEST_FRAME = 8 * 1024 * 1024


class FragmentingProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with fragments for what is larger than a frame may be."""

    async def send(self, message: Any) -> None:
        """Sends an ASGI event."""
        text: str | None = message.get("text")
        if message["type"] != "websocket.send" or text is None or len(text) * 4 <= LARGEST_FRAME:
            await super().send(message)
            return
        data = memoryview(text.encode())
        for start in range(0, len(data), LARGEST_FRAME):
            await self.writable.wait()
            self._send_fragment(
                bytes(data[start : start + LARGEST_FRAME]), start == 0, start + LARGEST_FRAME >= len(data)
            )

    def keepalive_timeout(self) -> None:
        """Cuts off a client that has not answered: what waits to be sent to it would never leave."""
        super().keepalive_timeout()
        self.transport.abort()

    def _send_fragment(self, data: bytes, first: bool, last: bool) -> None:
        if self.disconnected or self.close_sent:
            raise ClientDisconnected
        try:
            if first:
                self.conn.send_text(data, fin=last)
            else:
                self.conn.send_continuation(data, fin=last)
        except InvalidState:
            raise ClientDisconnected from None
        self.transport.write(b"".join(self.conn.data_to_send()))
