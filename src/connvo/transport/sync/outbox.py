"""The queue of messages to a client. One coroutine sends; a client that does not read delays only itself."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from .close_codes import ClientDisconnected

FINAL_FLUSH_SECONDS = 5.0
MAX_BYTES_TOGETHER = 64 * 1024


class Outbox:
    """The texts to send. `send` returns once the network has taken them, and raises ClientDisconnected."""

    def __init__(self, send: Callable[[list[bytes]], Awaitable[None]], now: Callable[[], float]) -> None:
        self._send = send
        self._now = now
        self._texts: deque[bytes] = deque()
        self._sending = False
        self.last_sent_at = now()

    def put(self, *texts: bytes) -> None:
        """Add texts; the next flush sends them."""
        self._texts.extend(texts)

    @property
    def busy(self) -> bool:
        """Return whether texts are waiting or being sent."""
        return self._sending or bool(self._texts)

    async def flush(self) -> None:
        """Send all texts.

        Raises:
            ClientDisconnected: The client has disconnected.
        """
        if not self._texts:
            return
        self._sending = True
        while self._texts:
            await self._send(self._next())
        self._sending = False
        self.last_sent_at = self._now()

    def _next(self) -> list[bytes]:
        """Return the texts to send together, few enough to notice a client that does not read."""
        texts = [self._texts.popleft()]
        size = len(texts[0])
        while self._texts and size + len(self._texts[0]) <= MAX_BYTES_TOGETHER:
            size += len(self._texts[0])
            texts.append(self._texts.popleft())
        return texts

    async def flush_last(self) -> None:
        """Send all texts to a client being disconnected, if it still reads."""
        try:
            async with asyncio.timeout(FINAL_FLUSH_SECONDS):
                await self.flush()
        except (TimeoutError, ClientDisconnected):
            return
