"""Room for the messages of all connections of a node that have begun and are not handled yet.

Guarantees: large messages together take at most the room, and those of one account or network at most their part of it.
"""

from collections.abc import Callable

# A message of so many bytes takes no room: connections have a limit, and most messages are small.
FREE_BYTES = 32 * 1024
# The messages of one account or network have at most one part in this many of the room.
SHARES = 16


class MessageRoom:
    """Room for `total` bytes. A part is at least `largest`, the size of the largest message."""

    def __init__(self, total: int, largest: int) -> None:
        self._left = max(total, largest)
        self._of_one = max(total // SHARES, largest)
        self._held: dict[str, int] = {}

    def take(self, key: str, size: int) -> bool:
        """Take room for a key; return False without taking any where there is too little."""
        mine = self._held.get(key, 0) + size
        if size > self._left or mine > self._of_one:
            return False
        self._left -= size
        self._held[key] = mine
        return True

    def give_back(self, key: str, size: int) -> None:
        """Give room back that a key has taken."""
        self._left += size
        self._held[key] -= size
        if not self._held[key]:
            del self._held[key]


class MessagePlace:
    """The room that the present message of one connection takes, under the key that its client had when it began."""

    __slots__ = ("_key", "_key_of", "_room", "_size")

    def __init__(self, room: MessageRoom, key_of: Callable[[], str]) -> None:
        self._room = room
        self._key_of = key_of
        self._key = ""
        self._size = 0

    def hold(self, size: int) -> bool:
        """Take room for so many bytes of the message in all, 0 once it is handled; return whether there is enough."""
        size = 0 if size <= FREE_BYTES else size
        if not self._size:
            self._key = self._key_of()
        if size > self._size and not self._room.take(self._key, size - self._size):
            return False
        if size < self._size:
            self._room.give_back(self._key, self._size - size)
        self._size = size
        return True
