"""What is to be said to a client, in order. One coroutine sends; a client that does not read holds it up alone."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from .closing import Gone

LAST_WORDS_SECONDS = 5.0


class Outbox:
    """Texts on their way out. `send` returns when the wire has taken one, and raises Gone."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]], now: Callable[[], float]) -> None:
        self._send = send
        self._now = now
        self._texts: deque[bytes] = deque()
        self._sending = False
        self.spoke_at = now()

    def put(self, *texts: bytes) -> None:
        """Adds texts; they leave with the next flush."""
        self._texts.extend(texts)

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return self._sending or bool(self._texts)

    async def flush(self) -> None:
        """Sends everything. Raises Gone."""
        if not self._texts:
            return
        self._sending = True
        while self._texts:
            await self._send(self._texts.popleft())
        self._sending = False
        self.spoke_at = self._now()

    async def flush_last(self) -> None:
        """Sends everything to a client that is about to be left, if it still listens."""
        try:
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self.flush()
        except (TimeoutError, Gone):
            return
