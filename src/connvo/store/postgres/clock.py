"""The time of the database server, which all nodes share.

Times that one node writes are compared by another: an hour or two minutes between their clocks would end what has just
begun. So a node asks the server now and then, and counts on by its monotonic clock, whatever happens to its own
wall clock. Differences below `TOLERANCE_NS` are left alone: on a busy machine measuring is no better than that.
"""

import time
from collections.abc import Callable

from connvo.kernel import clock

from .rows import Connection, one

TOLERANCE_NS = 2_000_000_000
# An answer that took longer than this says too little of when it was given.
MAX_ANSWER_NS = 500_000_000
ASK_EVERY_NS = 5_000_000_000
NS_PER_SECOND = 1_000_000_000
TIME = "SELECT extract(epoch FROM clock_timestamp())::double precision"


class DatabaseClock:
    """Wall time. `wall_ns` is this machine's; one that a test moves is taken as it is, unless it `follows`."""

    def __init__(
        self,
        wall_ns: Callable[[], int] = clock.now_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        follows: bool | None = None,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._follows = wall_ns is clock.now_ns if follows is None else follows
        self._base_ns = wall_ns() - monotonic_ns() if self._follows else 0
        self._asked_ns: int | None = None

    def now_ns(self) -> int:
        """Return the time in nanoseconds since the epoch."""
        return self._base_ns + self._monotonic_ns() if self._follows else self._wall_ns()

    def ask(self, connection: Connection) -> None:
        """Compare with the server, if it is time to; the connection must be idle.

        Raises:
            psycopg.Error: The server cannot be asked.
        """
        asked = self._monotonic_ns()
        if not self._follows or (self._asked_ns is not None and asked - self._asked_ns < ASK_EVERY_NS):
            return
        (seconds,) = one(connection, TIME)
        self._asked_ns = asked
        self.learn(int(seconds * NS_PER_SECOND), self._monotonic_ns() - asked)

    def learn(self, database_ns: int, took_ns: int) -> None:
        """Take the server's time, from an answer that took so long."""
        if took_ns <= MAX_ANSWER_NS and abs(database_ns - self.now_ns()) >= TOLERANCE_NS:
            self._base_ns = database_ns - self._monotonic_ns()
