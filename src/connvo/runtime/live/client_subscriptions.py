"""The live queries of each client, and the refreshes that it waits for."""

import asyncio
from collections.abc import Callable, Hashable, Iterable

from connvo.kernel.errors import FunctionError, LimitExceeded
from connvo.runtime.cluster.heartbeat_throttle import Pair

from .live_answers import LiveAnswer
from .requests import BodyRun, QueryAnswer, QueryRequest

# The assumed run time of a query before any was measured.
USUAL_SECONDS = 0.0005
UNLIMITED = 2**62
NO_HEARTBEATS: frozenset[Pair] = frozenset()


class QuerySubscription:
    """The live query of one client, under the number that the client gave it.

    It subscribes to one answer, `body`, and if it is a shared query to that of its `guard`.
    """

    __slots__ = ("client", "tag", "question", "guard", "body", "dropped", "size")

    def __init__(self, client: "ClientSubscriptions", tag: int, question: QueryRequest) -> None:
        self.client = client
        self.tag = tag
        self.question = question
        self.guard: LiveAnswer | None = None
        self.body: LiveAnswer | None = None
        self.dropped = False
        self.size = 0
        client.mark(self)

    @property
    def error(self) -> FunctionError | None:
        """The error of the newest answer, if it is one."""
        answers = [held.answer.error for held in (self.guard, self.body) if held is not None]
        return next((error for error in answers if error is not None), None)

    @property
    def heartbeats(self) -> frozenset[Pair]:
        """The members whom the newest answer has seen."""
        held = self.guard or self.body
        return NO_HEARTBEATS if held is None else held.answer.heartbeats

    def is_for(self, audience: Hashable) -> bool:
        """Return whether the answer that this query subscribes to is for an audience."""
        return self.body is not None and isinstance(self.body.run, BodyRun) and self.body.run.audience == audience

    def mark_stale(self) -> None:
        """Have the query answered again."""
        if not self.dropped:
            self.client.changes.note()
            self.client.mark(self)

    def mark_later(self) -> None:
        """Have the query answered again with the next refresh of its client, and start none for it."""
        if not self.dropped:
            self.client.changes.note()
            self.client.stale.add(self)

    def wake(self, crowd: Hashable) -> None:
        """Start a refresh of the client, as one of a crowd, if the query waits to be answered again."""
        if self in self.client.stale:
            self.client.wake_with(crowd)


class Left(Exception):
    """The client that asked for a refresh has disconnected."""


class ChangeTimes:
    """The commits that a client is shown late or soon: timestamps, 0 for none.

    `shown` is that of the first commit since the answers before the newest ones.
    """

    __slots__ = ("shown", "_waiting", "_newest_commit")

    def __init__(self, newest_commit: Callable[[], int]) -> None:
        self._newest_commit = newest_commit
        self._waiting = self.shown = 0

    def note(self) -> None:
        """Note the commit that touches an answer, unless an earlier one waits to be shown."""
        self._waiting = self._waiting or self._newest_commit()

    def take(self) -> None:
        """Begin to make the answers for the commits until now."""
        self.shown, self._waiting = self._waiting, 0

    def undo(self) -> None:
        """Let the commits wait again whose answers were not made after all."""
        self._waiting, self.shown = self.shown or self._waiting, 0


class ResultSizes:
    """The bytes of a client's newest answers, which may have `max_bytes` together, without the largest of them."""

    __slots__ = ("_max_bytes", "_bytes", "_largest")

    def __init__(self, max_bytes: int) -> None:
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


class ClientSubscriptions:
    """The live queries of one client. `stale` are those to be run before the next timestamp can be shown.

    `due`: one of these is to be shown now. Others only wait for the pace of their crowd, or to be shown with these.
    `person` is the account or network whose share of the time they use, by default the client's own. `party`: the next
    refresh takes turns as one of the person's, or of the members of a large meeting. `in_step`: it only shows what the
    crowd of that meeting is shown, and takes turns with the others that do. `subject` is what that crowd watches. The
    newest answers may have `max_bytes` together, without the largest of them. `newest_commit` gives the timestamp of
    the commit that is being applied.
    """

    __slots__ = (
        "stale",
        "due",
        "in_step",
        "person",
        "party",
        "subject",
        "query_seconds",
        "_wake",
        "_refresh",
        "_sizes",
        "changes",
    )

    def __init__(
        self,
        wake: Callable[[], None],
        person: Hashable = None,
        max_bytes: int = UNLIMITED,
        newest_commit: Callable[[], int] = lambda: 0,
    ) -> None:
        self.stale: set[QuerySubscription] = set()
        self.due = self.in_step = False
        self.person: Hashable = self if person is None else person
        self.party: Hashable = self.person
        self.subject: tuple[Hashable, ...] | None = None
        self.query_seconds = USUAL_SECONDS
        self._wake = wake
        self._refresh: asyncio.Future[Refreshed] | None = None
        self._sizes = ResultSizes(max_bytes)
        self.changes = ChangeTimes(newest_commit)

    def count(self, subscription: QuerySubscription, size: int) -> None:
        """Count the bytes of a new answer in place of the previous one. The largest answer may be of any size.

        Raises:
            LimitExceeded: The answers are too large together; this one is not counted then.
        """
        self._sizes.count(subscription, size)

    def mark(self, subscription: QuerySubscription) -> None:
        """Mark a live query as stale, and wake the client."""
        self.stale.add(subscription)
        self.due, self.in_step = True, False
        self._wake()

    def wake_with(self, crowd: Hashable) -> None:
        """Wake the client to show it what its crowd is shown."""
        if not self.due:
            self.due = self.in_step = True
            self.party = crowd
        self._wake()

    def requeue(self, stale: Iterable[QuerySubscription]) -> None:
        """Mark queries as stale again that were not answered after all; the client still waits."""
        self.stale.update(one for one in stale if not one.dropped)
        self.changes.undo()
        self.due = self.due or bool(self.stale)

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
    """A client that waits for its stale queries, in turn with those of other parties.

    `seconds` is the time of the runs it had to wait for, `charged` its part in the runs whose answers it got.
    """

    __slots__ = ("client", "party", "answered", "seconds", "charged")

    def __init__(self, client: ClientSubscriptions, answered: asyncio.Future[Refreshed]) -> None:
        self.client = client
        self.party = client.party
        self.answered = answered
        self.seconds = 0.0
        self.charged = 0.0

    def spend(self, seconds: float, charged: float) -> None:
        """Count run time, and the part of it that the person of this client pays."""
        self.seconds += seconds
        self.charged += charged

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
