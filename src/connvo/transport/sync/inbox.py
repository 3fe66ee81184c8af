"""What a client has said and nobody has looked at yet. A client that says too much at once waits to be read."""

import asyncio
from collections import deque
from collections.abc import Callable

from .messages import Incoming, Malformed

Heard = Incoming | Malformed
MOST_WAITING = 1000
MOST_WAITING_CHARS = 8 * 1024 * 1024


class Inbox:
    """Messages in the order in which they came. `wake` is called when there is one."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[tuple[Heard, int]] = deque()
        self._chars = 0
        self._room = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, message: Heard, chars: int) -> None:
        """Adds a message of that length; returns when there is room for another."""
        self._waiting.append((message, chars))
        self._chars += chars
        self._wake()
        while len(self._waiting) >= MOST_WAITING or self._chars >= MOST_WAITING_CHARS:
            self._room.clear()
            await self._room.wait()

    def take(self) -> Heard:
        """Returns the next message. Raises IndexError when there is none."""
        message, chars = self._waiting.popleft()
        self._chars -= chars
        self._room.set()
        return message

    def clear(self) -> None:
        """Drops what waits."""
        self._waiting.clear()
        self._chars = 0
        self._room.set()
