"""Room for the messages of all connections of a node that have begun and are not handled yet.

Guarantees: large messages together take at most the room, and those of one account or network at most their part of it.
"""

from collections.abc import Callable

from connvo.transport.budgets import Occupancy

# A message of so many bytes takes no room: connections have a limit, and most messages are small.
FREE_BYTES = 32 * 1024
# The messages of one account or network have at most one part in this many of the room.
SHARES = 16


def message_room(total: int, largest: int) -> Occupancy:
    """Return room for `total` bytes; it and each part are at least `largest`, the size of the largest message."""
    return Occupancy(max(total, largest), max(total // SHARES, largest))


class MessagePlace:
    """The room that the present message of one connection takes, under the key that its client had when it began."""

    __slots__ = ("_key", "_key_of", "_room", "_size")

    def __init__(self, room: Occupancy, key_of: Callable[[], str]) -> None:
        self._room = room
        self._key_of = key_of
        self._key = ""
        self._size = 0

    def hold(self, size: int) -> bool:
        """Take room for so many bytes of the message in all, 0 once it is handled; return whether there is enough."""
        size = 0 if size <= FREE_BYTES else size
        if not self._size:
            self._key = self._key_of()
        if size > self._size and not self._room.enter(self._key, size - self._size):
            return False
        if size < self._size:
            self._room.leave(self._key, self._size - size)
        self._size = size
        return True
