"""What a bus does: it tells the other processes of a database that its log has grown.

A hint carries a position, and news: a text that may spare whoever hears it a look at the log. It may be lost, late,
repeated or out of order, and its news left out: then whoever hears one looks at the log, and looks by itself now and
then. It is sent once what it tells of can be seen.
"""

from typing import Protocol

NO_PAYLOAD = ""


class Wake(Protocol):
    """Who is told of hints."""

    def __call__(self, seq: int | None, payload: str = NO_PAYLOAD) -> None:
        """Take the position of the log up to which there is something to see, None when that is not known."""
        ...


class Bus(Protocol):
    """One process's place on the bus. Belongs to the event loop in which `open` was called."""

    async def open(self, wake: Wake) -> None:
        """Begin to listen; return at once, whether or not the others can be reached."""
        ...

    def hint(self, seq: int, payload: str = NO_PAYLOAD) -> None:
        """Tell the others, soon, that the log has grown up to a position. Never waits and never fails."""
        ...

    async def close(self) -> None:
        """End listening."""
        ...
