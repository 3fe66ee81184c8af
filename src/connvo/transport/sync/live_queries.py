"""What one client watches: its live queries, and those for which there was no room.

Guarantees: every query of the client counts, refused ones too, and all that are watched fit into one message, so that
the client can say them again when it comes back.
"""

import asyncio
from collections.abc import Iterable

import msgspec

from connvo.kernel.errors import FunctionError, LimitExceeded, Unauthorized
from connvo.kernel.identity import Identity
from connvo.runtime.cluster.heartbeat_throttle import Pair
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.query_budget import QueryAllowance
from connvo.runtime.live.requests import QueryAnswer, QueryRequest

from .messages import Add
from .requests import claims_of
from .services import Services
from .session import ProtocolFault

# So many queries above the limit are refused one by one; with more, the connection ends.
MAX_REFUSED = 200
# What an Add takes in a message beside its path, arguments and journal.
ADD_BYTES = 96
ADDED_AT_ONCE = 50


class LiveQuerySet:
    """The live queries of one connection, by the numbers the client gave them."""

    def __init__(self, services: Services, watcher: ClientSubscriptions, allowance: QueryAllowance) -> None:
        self._requests = services.requests
        self._live = services.runtime.live
        self._client = watcher
        self._allowance = allowance
        self._settings = services.settings
        self._identity: Identity | None = None
        self._subscriptions: dict[int, QuerySubscription] = {}
        self._sizes: dict[int, int] = {}
        self._bytes = 0
        self._refused: dict[int, QueryAnswer] = {}
        self._waiting: dict[int, QueryRequest] = {}

    def __len__(self) -> int:
        return len(self._sizes)

    def remove(self, query_ids: Iterable[int]) -> None:
        """End queries."""
        for query_id in query_ids:
            self._drop(query_id)
            self._sizes.pop(query_id, None)
            self._refused.pop(query_id, None)
            self._waiting.pop(query_id, None)

    async def add(self, added: Iterable[Add]) -> None:
        """Watch queries; those that cannot be are refused one by one. Others have the event loop now and then.

        Raises:
            ProtocolFault: They are too many to be refused one by one.
        """
        for nth, add in enumerate(added, 1):
            if nth % ADDED_AT_ONCE == 0:
                await asyncio.sleep(0)
            self._sizes[add.query_id] = _size(add)
            if len(self._sizes) > self._most_queries + MAX_REFUSED:
                raise ProtocolFault(f"One connection may have {self._most_queries} live queries")
            try:
                question = self._requests.query_request(add, self._identity)
            except FunctionError as error:
                self._refused[add.query_id] = QueryAnswer(error=error)
            else:
                self._subscribe(add.query_id, question)

    def identify(self, identity: Identity | None) -> None:
        """Ask everything again for another caller; what had no room may have some now."""
        self._identity = identity
        claims = claims_of(identity)
        questions = {query_id: watch.question for query_id, watch in self._subscriptions.items()} | self._waiting
        self._waiting.clear()
        for query_id in list(self._subscriptions):
            self._drop(query_id)
        self._allowance.move(identity)
        self._client.person = self._allowance.person
        for query_id, question in questions.items():
            self._subscribe(query_id, msgspec.structs.replace(question, identity=claims))

    def renew(self, identity: Identity | None) -> None:
        """Ask again what was refused to the token before, which another one of the same sign-in replaces."""
        self._identity = identity
        for query_id, watch in list(self._subscriptions.items()):
            if watch.answer is not None and isinstance(watch.answer.error, Unauthorized):
                self._drop(query_id)
                self._subscribe(query_id, msgspec.structs.replace(watch.question, identity=claims_of(identity)))

    def take_refused(self) -> dict[int, QueryAnswer]:
        """Return the refusals that the client has not been told of yet."""
        refused, self._refused = self._refused, {}
        return refused

    def heartbeats(self) -> set[Pair]:
        """Return whose signs of life these queries give."""
        return {pair for watch in self._subscriptions.values() if watch.answer for pair in watch.answer.heartbeats}

    def close(self) -> None:
        """End all."""
        for watch in self._subscriptions.values():
            self._live.drop(watch)
        self._subscriptions.clear()
        self._allowance.close()

    @property
    def _most_queries(self) -> int:
        return self._settings.stranger_queries if self._identity is None else self._settings.queries

    @property
    def _most_bytes(self) -> int:
        settings = self._settings
        return settings.stranger_message_bytes if self._identity is None else settings.max_message_bytes

    def _subscribe(self, query_id: int, question: QueryRequest) -> None:
        try:
            self._check_room(query_id)
            self._allowance.take(len(question.arguments))
        except LimitExceeded as error:
            self._refused[query_id] = QueryAnswer(error=error)
            kept = sum(self._sizes[number] for number in self._waiting) + self._sizes[query_id]
            if kept <= self._settings.stranger_message_bytes:
                self._waiting[query_id] = question
            return
        self._bytes += self._sizes[query_id]
        self._subscriptions[query_id] = QuerySubscription(self._client, query_id, question)

    def _check_room(self, query_id: int) -> None:
        if len(self._subscriptions) >= self._most_queries:
            limit = self._most_queries
            raise LimitExceeded(f"One connection may have {limit} live queries", limit=limit)
        if self._bytes + self._sizes[query_id] > self._most_bytes:
            limit = self._most_bytes
            raise LimitExceeded(f"The live queries of one connection may take {limit} bytes", limit=limit)

    def _drop(self, query_id: int) -> None:
        watch = self._subscriptions.pop(query_id, None)
        if watch is not None:
            self._live.drop(watch)
            self._allowance.give_back(len(watch.question.arguments))
            self._bytes -= self._sizes[query_id]


def _size(add: Add) -> int:
    return ADD_BYTES + len(add.udf_path) + len(memoryview(add.args)) + len(add.journal or "")
