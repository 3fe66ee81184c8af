"""The live queries of each client, and the results that clients share."""

import asyncio
from collections.abc import Callable, Hashable
from time import monotonic

from connvo.kernel.errors import LimitExceeded
from connvo.store.read_set import ReadSet

from .requests import QueryAnswer, QueryRequest
from .subscriptions import Subscription

# The maximum age of an answer that depends on the time when a new client gets it.
SHARED_SECONDS = 1.0
# The assumed run time of a query before any was measured.
USUAL_SECONDS = 0.0005
UNLIMITED = 2**62


class SharedResult:
    """The answer of one run, for all its subscribers, on the snapshot of the commit `seq`."""

    __slots__ = ("key", "answer", "seq", "made_at", "subscribers", "subscription")

    def __init__(self, key: QueryRequest, answer: QueryAnswer, reads: ReadSet, seq: int) -> None:
        self.key = key
        self.answer = answer
        self.seq = seq
        self.made_at = monotonic()
        self.subscribers: set[QuerySubscription] = set()
        self.subscription = Subscription(reads, self.on_stale)

    @property
    def is_private(self) -> bool:
        """Whether it has one subscriber, and depends on that caller."""
        return self.answer.personal and len(self.subscribers) == 1

    def renew(self, answer: QueryAnswer, seq: int) -> None:
        """Store the answer of another run, whose read set is registered."""
        self.answer = answer
        self.seq = seq
        self.made_at = monotonic()
        self.subscription.stale = False

    def on_stale(self) -> None:
        """Mark every subscriber as stale."""
        for subscriber in self.subscribers:
            subscriber.client.mark(subscriber)

    def serves(self) -> bool:
        """Return whether a new subscriber may have this answer."""
        if self.subscription.stale:
            return False
        return not self.answer.timed or monotonic() - self.made_at <= SHARED_SECONDS


class QuerySubscription:
    """The live query of one client, under the number that the client gave it."""

    __slots__ = ("client", "tag", "question", "shared", "dropped", "size")

    def __init__(self, client: "ClientSubscriptions", tag: int, question: QueryRequest) -> None:
        self.client = client
        self.tag = tag
        self.question = question
        self.shared: SharedResult | None = None
        self.dropped = False
        self.size = 0
        client.mark(self)

    @property
    def answer(self) -> QueryAnswer | None:
        """The newest answer; None before the first."""
        return None if self.shared is None else self.shared.answer


class Left(Exception):
    """The client that asked for a refresh has disconnected."""


class ClientSubscriptions:
    """The live queries of one client. `stale` are those to be run before the next timestamp can be shown.

    `person` is the account or network whose share of the time they use, by default the client's own. The newest
    answers may have `max_bytes` together, without the largest of them.
    """

    __slots__ = ("stale", "person", "query_seconds", "_wake", "_refresh", "_max_bytes", "_bytes", "_largest")

    def __init__(self, wake: Callable[[], None], person: Hashable = None, max_bytes: int = UNLIMITED) -> None:
        self.stale: set[QuerySubscription] = set()
        self.person: Hashable = self if person is None else person
        self.query_seconds = USUAL_SECONDS
        self._wake = wake
        self._refresh: asyncio.Future[Refreshed] | None = None
        self._max_bytes = max_bytes
        self._bytes = 0
        self._largest: QuerySubscription | None = None

    def count(self, subscription: QuerySubscription, size: int) -> None:
        """Count the bytes of a new answer in place of the previous one. The largest answer may be of any size.

        Raises:
            LimitExceeded: The answers are too large together; this one is not counted then.
        """
        self._bytes -= subscription.size
        subscription.size = 0
        if subscription is self._largest:
            self._largest = None
        largest = 0 if self._largest is None else self._largest.size
        if self._bytes + size - max(size, largest) > self._max_bytes:
            limit = self._max_bytes
            raise LimitExceeded(
                f"The results of live queries are too large together (limit: {limit} bytes)", limit=limit
            )
        self._bytes += size
        subscription.size = size
        if size > largest:
            self._largest = subscription

    def mark(self, subscription: QuerySubscription) -> None:
        """Mark a live query as stale, and wake the client."""
        self.stale.add(subscription)
        self._wake()

    def learn_cost(self, seconds: float) -> None:
        """Include the run time of a query in the estimate."""
        self.query_seconds = (self.query_seconds + seconds) / 2

    def leave(self) -> None:
        """End the wait for a refresh, as the client has disconnected."""
        if self._refresh is not None and not self._refresh.done():
            self._refresh.set_exception(Left())

    async def wait(self, answered: "asyncio.Future[Refreshed]") -> "Refreshed":
        """Return the result of a refresh.

        Raises:
            Left: The client has disconnected.
        """
        self._refresh = answered
        try:
            return await answered
        finally:
            self._refresh = None


Refreshed = tuple[int, dict[QuerySubscription, QueryAnswer]]


class Refresh:
    """A client that waits for its stale queries. `seconds` is their run time so far."""

    __slots__ = ("client", "answered", "seconds")

    def __init__(self, client: ClientSubscriptions, answered: asyncio.Future[Refreshed]) -> None:
        self.client = client
        self.answered = answered
        self.seconds = 0.0

    @property
    def person(self) -> Hashable:
        """The account or network whose share it uses."""
        return self.client.person

    @property
    def estimate(self) -> float:
        """The estimated run time, in seconds."""
        return len(self.client.stale) * self.client.query_seconds

    def is_wanted(self, max_seconds: float) -> bool:
        """Return whether the client still waits and its queries have run for at most `max_seconds`."""
        return not self.answered.done() and self.seconds <= max_seconds

    def fail(self, error: Exception) -> None:
        """End the refresh with an error, unless it has ended."""
        if not self.answered.done():
            self.answered.set_exception(error)
