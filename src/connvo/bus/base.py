"""The interface of a bus, which tells the other nodes of a database that its log has grown.

A hint carries a position and a payload that may spare the receiver a read of the log. A hint may be lost, late,
repeated or out of order, and its payload may be missing. A receiver then reads the log, as it also does at intervals.

Guarantees: a hint is sent after the commit is visible.
"""

from typing import Protocol

NO_PAYLOAD = ""


class Wake(Protocol):
    """The callback for hints."""

    def __call__(self, seq: int | None, payload: str = NO_PAYLOAD) -> None:
        """Handle a hint; `seq` is the position up to which the log has grown, None if it is not known."""
        ...


class Bus(Protocol):
    """One node's connection to the bus; belongs to the event loop in which `open` was called."""

    async def open(self, wake: Wake) -> None:
        """Start listening; return at once, even if the other nodes cannot be reached."""
        ...

    def hint(self, seq: int, payload: str = NO_PAYLOAD) -> None:
        """Tell the other nodes soon that the log has grown up to a position; never wait, never fail."""
        ...

    async def close(self) -> None:
        """Stop listening."""
        ...
