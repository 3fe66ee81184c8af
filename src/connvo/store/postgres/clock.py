"""Follow the time of the database server, which all nodes share.

Nodes compare times that other nodes wrote, so a difference between their clocks would end leases and deadlines early.
Each node therefore asks the server at intervals and counts on by its monotonic clock; changes of its own wall clock
have no effect. Differences below `TOLERANCE_NS` are ignored, as a measurement on a busy machine is no more accurate.
"""

import time
from collections.abc import Callable

from connvo.kernel import clock

from .rows import Connection, fetch_one

TOLERANCE_NS = 2_000_000_000
# A slower answer is ignored, because the time at which the server read its clock is too uncertain.
MAX_ANSWER_NS = 500_000_000
ASK_EVERY_NS = 5_000_000_000
NS_PER_SECOND = 1_000_000_000
TIME = "SELECT extract(epoch FROM clock_timestamp())::double precision"


class DatabaseClock:
    """A wall clock that follows the database server; a clock injected by a test does so only if `follows` is set."""

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
        """Compare with the server if the last comparison is too old; the connection must be idle.

        Raises:
            psycopg.Error: The server cannot be reached.
        """
        asked = self._monotonic_ns()
        if not self._follows or (self._asked_ns is not None and asked - self._asked_ns < ASK_EVERY_NS):
            return
        (seconds,) = fetch_one(connection, TIME)
        self._asked_ns = asked
        self.learn(int(seconds * NS_PER_SECOND), self._monotonic_ns() - asked)

    def learn(self, database_ns: int, took_ns: int) -> None:
        """Adopt the server's time if it differs enough; `took_ns` is how long the answer took."""
        if took_ns <= MAX_ANSWER_NS and abs(database_ns - self.now_ns()) >= TOLERANCE_NS:
            self._base_ns = database_ns - self._monotonic_ns()
