"""The sending half of a WebSocket: several texts in one write, and large texts in fragments.

Some clients read no frame above 16 MiB, whatever the length of the message. ASGI has no fragments, so this module and
`websocket_reader` depend on the WebSocket library.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from websockets.exceptions import InvalidState

from .websocket_reader import GuardedProtocol

# Other tasks run between two fragments of a text.
MAX_FRAME = 512 * 1024
# An ASGI extension of this server: an event with several encoded texts.
TEXTS_EXTENSION = "connvo.texts"


class FragmentingProtocol(GuardedProtocol):
    """uvicorn's WebSocket protocol, with limits, and with fragments for texts larger than a frame."""

    async def run_asgi(self) -> None:
        """Serve the connection."""
        self.scope.setdefault("extensions", {})[TEXTS_EXTENSION] = {}
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        """Send an ASGI event."""
        if TEXTS_EXTENSION in message:
            await self._send_together(message[TEXTS_EXTENSION])
            return
        text: str | None = message.get("text")
        if message["type"] != "websocket.send" or text is None or len(text) * 4 <= MAX_FRAME:
            await super().send(message)
            return
        await self._send_in_pieces(text.encode())

    async def _send_together(self, texts: list[bytes]) -> None:
        await self.writable.wait()
        for text in texts:
            if len(text) > MAX_FRAME:
                await self._send_in_pieces(text)
            else:
                self._queue(self.conn.send_text, text, True)
        self.transport.write(b"".join(self.conn.data_to_send()))

    async def _send_in_pieces(self, text: bytes) -> None:
        data = memoryview(text)
        for start in range(0, len(data), MAX_FRAME):
            await asyncio.sleep(0)
            await self.writable.wait()
            self._send_fragment(bytes(data[start : start + MAX_FRAME]), start == 0, start + MAX_FRAME >= len(data))

    def _send_fragment(self, data: bytes, first: bool, last: bool) -> None:
        self._queue(self.conn.send_text if first else self.conn.send_continuation, data, last)
        self.transport.write(b"".join(self.conn.data_to_send()))

    def _queue(self, frame: Callable[[bytes, bool], None], data: bytes, last: bool) -> None:
        if self.disconnected or self.close_sent:
            raise ClientDisconnected
        try:
            frame(data, last)
        except InvalidState:
            raise ClientDisconnected from None
