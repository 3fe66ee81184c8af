"""Which bus runs: that of the database, where several processes can share one."""

from .base import Bus
from .local import LocalBus


def create_bus(address: str | None) -> Bus:
    """Return the bus of the PostgreSQL database at a libpq connection string; without one, a local bus."""
    if address is None:
        return LocalBus()
    from .postgres import PostgresBus  # an extra: who needs none has none

    return PostgresBus(address)
