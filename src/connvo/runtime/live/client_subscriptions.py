"""The interest of clients in questions: what each watches, and what it was answered."""

import asyncio
from collections.abc import Callable, Hashable
from time import monotonic

from connvo.kernel.errors import LimitExceeded
from connvo.store.read_set import ReadSet

from .requests import QueryAnswer, QueryRequest
from .subscriptions import Subscription

# How old an answer that depends on the time may be when it is shown to somebody new.
SHARED_SECONDS = 1.0
# What one query presumably takes of which nothing is known.
USUAL_SECONDS = 0.0005
UNLIMITED = 2**62


class SharedResult:
    """One run that several clients watch, on the snapshot of the commit `seq`."""

    __slots__ = ("key", "answer", "seq", "made_at", "watches", "subscription")

    def __init__(self, key: QueryRequest, answer: QueryAnswer, reads: ReadSet, seq: int) -> None:
        self.key = key
        self.answer = answer
        self.seq = seq
        self.made_at = monotonic()
        self.watches: set[QuerySubscription] = set()
        self.subscription = Subscription(reads, self.on_stale)

    @property
    def alone(self) -> bool:
        """Return whether it is one client's, and can be nobody else's."""
        return self.answer.personal and len(self.watches) == 1

    def renew(self, answer: QueryAnswer, seq: int) -> None:
        """Take the answer of another run; what it read is registered."""
        self.answer = answer
        self.seq = seq
        self.made_at = monotonic()
        self.subscription.stale = False

    def on_stale(self) -> None:
        """Tell everybody who watches."""
        for watch in self.watches:
            watch.watcher.mark(watch)

    def serves(self) -> bool:
        """Return whether somebody new may have this answer."""
        if self.subscription.stale:
            return False
        return not self.answer.timed or monotonic() - self.made_at <= SHARED_SECONDS


class QuerySubscription:
    """One client's interest in one question, under the number the client gave it."""

    __slots__ = ("watcher", "tag", "question", "shared", "dropped", "size")

    def __init__(self, watcher: "ClientSubscriptions", tag: int, question: QueryRequest) -> None:
        self.watcher = watcher
        self.tag = tag
        self.question = question
        self.shared: SharedResult | None = None
        self.dropped = False
        self.size = 0
        watcher.mark(self)

    @property
    def answer(self) -> QueryAnswer | None:
        """The newest answer; None before the first."""
        return None if self.shared is None else self.shared.answer


class Left(Exception):
    """The client has gone that asked for a refresh."""


class ClientSubscriptions:
    """All interests of one client. `stale` are those to be run before the next timestamp can be shown.

    `person` is whose share of the time its queries use, by default the client's own. The newest answers may have
    `most_bytes` together, the largest of them aside.
    """

    __slots__ = ("stale", "person", "query_seconds", "_wake", "_asked", "_most_bytes", "_bytes", "_largest")

    def __init__(self, wake: Callable[[], None], person: Hashable = None, most_bytes: int = UNLIMITED) -> None:
        self.stale: set[QuerySubscription] = set()
        self.person: Hashable = self if person is None else person
        self.query_seconds = USUAL_SECONDS
        self._wake = wake
        self._asked: asyncio.Future[Refreshed] | None = None
        self._most_bytes = most_bytes
        self._bytes = 0
        self._largest: QuerySubscription | None = None

    def count(self, watch: QuerySubscription, size: int) -> None:
        """Count the bytes of a new answer in place of those of the one before. The largest of all may be of any size.

        Raises:
            LimitExceeded: The answers are too large together. This one counts nothing then.
        """
        self._bytes -= watch.size
        watch.size = 0
        if watch is self._largest:
            self._largest = None
        largest = 0 if self._largest is None else self._largest.size
        if self._bytes + size - max(size, largest) > self._most_bytes:
            most = self._most_bytes
            raise LimitExceeded(f"The results of live queries are too large together (limit: {most} bytes)", limit=most)
        self._bytes += size
        watch.size = size
        if size > largest:
            self._largest = watch

    def mark(self, watch: QuerySubscription) -> None:
        """Note that a watch has to be run."""
        self.stale.add(watch)
        self._wake()

    def learn_cost(self, seconds: float) -> None:
        """Note what one query took."""
        self.query_seconds = (self.query_seconds + seconds) / 2

    def leave(self) -> None:
        """End the wait for a refresh, as nobody is there to see it."""
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(Left())

    async def wait(self, asked: "asyncio.Future[Refreshed]") -> "Refreshed":
        """Return what comes of a refresh.

        Raises:
            Left: The client has gone.
        """
        self._asked = asked
        try:
            return await asked
        finally:
            self._asked = None


Refreshed = tuple[int, dict[QuerySubscription, QueryAnswer]]


class Refresh:
    """A client that waits for its stale queries. `seconds` is how long they have run."""

    __slots__ = ("watcher", "answered", "seconds")

    def __init__(self, watcher: ClientSubscriptions, answered: asyncio.Future[Refreshed]) -> None:
        self.watcher = watcher
        self.answered = answered
        self.seconds = 0.0

    @property
    def person(self) -> Hashable:
        """Whose share it uses."""
        return self.watcher.person

    @property
    def estimate(self) -> float:
        """How long it will presumably take, in seconds."""
        return len(self.watcher.stale) * self.watcher.query_seconds

    def is_wanted(self, most: float) -> bool:
        """Return whether the client still waits and has not used more than `most` seconds."""
        return not self.answered.done() and self.seconds <= most

    def fail(self, error: Exception) -> None:
        """Tell the client that it cannot be answered."""
        if not self.answered.done():
            self.answered.set_exception(error)
