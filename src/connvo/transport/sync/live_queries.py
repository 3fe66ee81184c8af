"""The live queries of one client, and those for which there was no room.

Guarantees: all queries of the client count, refused ones too. All that are subscribed fit into one message, so that the
client can send them again when it reconnects.
"""

import asyncio
from collections.abc import Iterable

from connvo.kernel.errors import FunctionError, LimitExceeded, Unauthorized
from connvo.kernel.identity import Identity
from connvo.runtime.cluster.heartbeat_throttle import Pair
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.query_budget import QueryAllowance
from connvo.runtime.live.requests import QueryAnswer, QueryRequest

from .client import Client
from .messages import Add
from .requests import claims_of
from .services import Services
from .session import ProtocolFault

# This many queries above the limit are refused one by one; with more, the connection ends.
MAX_REFUSED = 200
# Bytes of an Add in a message besides its path, arguments and journal.
ADD_BYTES = 96
ADDED_AT_ONCE = 50


class LiveQuerySet:
    """The live queries of one connection, by the ids that the client gave them; `client` has those that are stale."""

    def __init__(
        self, services: Services, client: ClientSubscriptions, allowance: QueryAllowance, owner: Client
    ) -> None:
        self._requests = services.requests
        self._owner = owner
        self._live = services.runtime.live
        self.client = client
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
        """Unsubscribe queries."""
        for query_id in query_ids:
            self._drop(query_id)
            self._sizes.pop(query_id, None)
            self._refused.pop(query_id, None)
            self._waiting.pop(query_id, None)

    async def add(self, added: Iterable[Add]) -> None:
        """Subscribe to queries, yielding to other tasks now and then; invalid ones are refused one by one.

        Raises:
            ProtocolFault: The client has too many queries to refuse them one by one.
        """
        for nth, add in enumerate(added, 1):
            if nth % ADDED_AT_ONCE == 0:
                await asyncio.sleep(0)
            self._sizes[add.query_id] = _size(add)
            if len(self._sizes) > self._max_queries + MAX_REFUSED:
                raise ProtocolFault(f"One connection may have {self._max_queries} live queries: unsubscribe some")
            try:
                request = self._requests.query_request(add, self._identity)
            except FunctionError as error:
                self._refused[add.query_id] = QueryAnswer(error=error)
            else:
                self._subscribe(add.query_id, request)

    def identify(self, identity: Identity | None) -> None:
        """Subscribe to all queries again for another caller, including those that had no room."""
        self._identity = identity
        claims = claims_of(identity)
        requests = {
            query_id: subscription.question for query_id, subscription in self._subscriptions.items()
        } | self._waiting
        self._waiting.clear()
        for query_id in list(self._subscriptions):
            self._drop(query_id)
        self._allowance.move(identity)
        self.client.person = self._allowance.person
        for query_id, request in requests.items():
            self._subscribe(query_id, request.of(claims))

    def renew(self, identity: Identity | None) -> None:
        """Retry the queries refused to the previous token, after a new token of the same sign-in."""
        self._identity = identity
        for query_id, subscription in list(self._subscriptions.items()):
            if isinstance(subscription.error, Unauthorized):
                self._drop(query_id)
                self._subscribe(query_id, subscription.question.of(claims_of(identity)))

    def take_refused(self) -> dict[int, QueryAnswer]:
        """Return the refusals that were not sent to the client yet."""
        refused, self._refused = self._refused, {}
        return refused

    def heartbeats(self) -> set[Pair]:
        """Return the members and meetings that these queries send heartbeats for."""
        return {pair for subscription in self._subscriptions.values() for pair in subscription.heartbeats}

    def close(self) -> None:
        """Unsubscribe all queries."""
        for subscription in self._subscriptions.values():
            self._live.drop(subscription)
        self._subscriptions.clear()
        self._allowance.close()

    @property
    def _max_queries(self) -> int:
        return self._settings.stranger_queries if self._identity is None else self._settings.queries

    @property
    def _max_bytes(self) -> int:
        settings = self._settings
        return settings.stranger_message_bytes if self._identity is None else settings.max_message_bytes

    def _subscribe(self, query_id: int, request: QueryRequest) -> None:
        try:
            self._check_room(query_id)
            self._allowance.take(len(request.arguments))
        except LimitExceeded as error:
            self._refused[query_id] = QueryAnswer(error=error)
            kept = sum(self._sizes[number] for number in self._waiting) + self._sizes[query_id]
            if kept <= self._settings.stranger_message_bytes:
                self._waiting[query_id] = request
            return
        self._bytes += self._sizes[query_id]
        self._requests.note_watch(request, self._owner, query_id)
        self._subscriptions[query_id] = QuerySubscription(self.client, query_id, request)

    def _check_room(self, query_id: int) -> None:
        if len(self._subscriptions) >= self._max_queries:
            limit = self._max_queries
            raise LimitExceeded(f"One connection may have {limit} live queries: unsubscribe some", limit=limit)
        if self._bytes + self._sizes[query_id] > self._max_bytes:
            limit = self._max_bytes
            raise LimitExceeded(
                f"The live queries of one connection may take {limit} bytes: unsubscribe some", limit=limit
            )

    def _drop(self, query_id: int) -> None:
        subscription = self._subscriptions.pop(query_id, None)
        if subscription is not None:
            self._live.drop(subscription)
            self._allowance.give_back(len(subscription.question.arguments))
            self._bytes -= self._sizes[query_id]


def _size(add: Add) -> int:
    return ADD_BYTES + len(add.udf_path) + len(memoryview(add.args)) + len(add.journal or "")
