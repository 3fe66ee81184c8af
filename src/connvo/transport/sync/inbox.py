"""The queue of a client's messages. Reading pauses while a client has too many waiting.

Guarantees:
    No message after a token is read until the token was verified, as that sets the client's limits.
    None after a large one is read until that was handled, so a connection keeps one large message.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from .message_room import FREE_BYTES
from .messages import Malformed

Heard = str | Malformed
MAX_WAITING = 256
MAX_WAITING_CHARS = 256 * 1024
# Before a token was accepted.
MAX_STRANGER_WAITING = 64
MAX_STRANGER_CHARS = 64 * 1024
# Marks messages with a token; other messages with this text only wait for a turn.
TOKEN_MARK = "Authenticate"


class Inbox:
    """The undecoded messages in order of arrival. `wake` is called for each new message."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[Heard] = deque()
        self._chars = 0
        self._busy = False
        self._most = MAX_STRANGER_WAITING
        self._most_chars = MAX_STRANGER_CHARS
        self._room = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, message: Heard) -> None:
        """Add a message; return once there is room for another."""
        self._waiting.append(message)
        self._chars += _chars(message)
        self._wake()
        if isinstance(message, str) and (TOKEN_MARK in message or len(message) > FREE_BYTES):
            await self._until(lambda: not self._busy and not self._waiting)
        await self._until(lambda: len(self._waiting) < self._most and self._chars < self._most_chars)

    async def _until(self, fits: Callable[[], bool]) -> None:
        while not fits():
            self._room.clear()
            await self._room.wait()

    def take(self) -> Heard:
        """Return the next message, which counts as in progress until `done`.

        Raises:
            IndexError: The inbox is empty.
        """
        message = self._waiting.popleft()
        self._chars -= _chars(message)
        self._busy = True
        self._room.set()
        return message

    def done(self) -> None:
        """Mark the taken message as handled."""
        self._busy = False
        self._room.set()

    def widen(self, wide: bool) -> None:
        """Set the limits to those of an account, or of a client without one."""
        self._most = MAX_WAITING if wide else MAX_STRANGER_WAITING
        self._most_chars = MAX_WAITING_CHARS if wide else MAX_STRANGER_CHARS
        self._room.set()

    def clear(self) -> None:
        """Drop all waiting messages."""
        self._waiting.clear()
        self._chars = 0
        self._room.set()


def _chars(message: Heard) -> int:
    return len(message) if isinstance(message, str) else 0
