"""Create the bus: that of PostgreSQL, or a local one if only one process can use the database."""

from .base import Bus
from .local import LocalBus


def create_bus(address: str | None) -> Bus:
    """Return the bus of the PostgreSQL database at a libpq connection string; without one, a local bus."""
    if address is None:
        return LocalBus()
    from .postgres import PostgresBus  # an optional dependency

    return PostgresBus(address)
