"""The calls of a model that one node makes at a time."""


class Slots:
    """A number of slots. Used on one event loop, so taking and giving need no lock."""

    def __init__(self, limit: int) -> None:
        self._free = limit

    def take(self) -> bool:
        """Take a slot; return whether there was one."""
        if self._free == 0:
            return False
        self._free -= 1
        return True

    def give(self) -> None:
        """Give a slot back."""
        self._free += 1
