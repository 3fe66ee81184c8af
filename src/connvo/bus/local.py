"""The bus of processes that are one: what sits on the same `Street` hears of each other, at once."""

from .base import NO_PAYLOAD, Wake


class LocalHub:
    """Where local buses meet."""

    def __init__(self) -> None:
        self.listening: dict[LocalBus, Wake] = {}


class LocalBus:
    """A bus within one process; without a street there is nobody to tell."""

    def __init__(self, street: LocalHub | None = None) -> None:
        self._street = street or LocalHub()

    async def open(self, wake: Wake) -> None:
        """Begin to listen."""
        self._street.listening[self] = wake

    def hint(self, seq: int, payload: str = NO_PAYLOAD) -> None:
        """Tell the others that the log has grown up to a position."""
        for bus, wake in list(self._street.listening.items()):
            if bus is not self:
                wake(seq, payload)

    async def close(self) -> None:
        """End listening."""
        self._street.listening.pop(self, None)
