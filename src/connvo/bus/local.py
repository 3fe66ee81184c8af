"""Connect the nodes of one process: local buses on the same hub receive each other's hints at once."""

from .base import NO_PAYLOAD, Wake


class LocalHub:
    """The meeting point of local buses."""

    def __init__(self) -> None:
        self.listening: dict[LocalBus, Wake] = {}


class LocalBus:
    """A bus within one process; without a hub it has no receivers."""

    def __init__(self, hub: LocalHub | None = None) -> None:
        self._hub = hub or LocalHub()

    async def open(self, wake: Wake) -> None:
        """Start listening."""
        self._hub.listening[self] = wake

    def hint(self, seq: int, payload: str = NO_PAYLOAD) -> None:
        """Tell the other buses of the hub that the log has grown up to a position."""
        for bus, wake in list(self._hub.listening.items()):
            if bus is not self:
                wake(seq, payload)

    async def close(self) -> None:
        """Stop listening."""
        self._hub.listening.pop(self, None)
