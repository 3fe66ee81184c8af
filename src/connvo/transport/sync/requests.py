"""Requests of sockets to the runtime: queries, mutations and actions."""

import hashlib
from collections.abc import Callable
from time import perf_counter

import msgspec

from connvo.kernel.errors import FunctionError, Invalid, LimitExceeded, RequestError, ServiceUnavailable
from connvo.kernel.identity import Identity
from connvo.kernel.names import canonical_path
from connvo.runtime.call_request import CallRequest
from connvo.runtime.executor import PendingMutation
from connvo.runtime.live.requests import QueryRequest
from connvo.runtime.origins import Origin, calling_from
from connvo.runtime.outcome import Outcome
from connvo.runtime.request_dedup import MutationOrder, Request
from connvo.runtime.services import Runtime
from connvo.transport.call_metrics import CallMetrics
from connvo.transport.http.envelope import decode_arguments

from .client import Client
from .message_parts import dropped
from .messages import Action, Add, Mutation

REQUEST_ID_DIGITS = 16


class Requests:
    """The calls of sockets. `record_use` is called with the identity of each caller."""

    def __init__(self, runtime: Runtime, call_metrics: CallMetrics, record_use: Callable[[Identity], None]) -> None:
        self._runtime = runtime
        self._call_metrics = call_metrics
        self._record_use = record_use
        self._max_argument_bytes = runtime.settings.limits.argument_bytes

    def query_request(self, add: Add, identity: Identity | None) -> QueryRequest:
        """Return the query of an Add message.

        Raises:
            FunctionError: Its path or arguments are not valid.
        """
        path, _ = self._decode_call(add.udf_path, add.args)
        wire = msgspec.json.decode(add.args)
        text = msgspec.json.encode(wire[0] if isinstance(wire, list) else wire, order="sorted")
        return self._runtime.query_request(path, text, claims_of(identity), add.journal)

    def note_watch(self, request: QueryRequest, client: Client, query_id: int) -> None:
        """Note that a client begins a live query."""
        self._runtime.note_watch(request, _origin(client, query_id))

    def mutate(self, message: Mutation, client: Client, order: MutationOrder) -> "RunningMutation":
        """Begin a mutation, after those begun before."""
        identity, session = client.identity, client.session
        self._record(identity)
        request = Request.of(session, message.request_id, identity, order)
        with calling_from(_origin_of(client, message)):
            pending = self._runtime.begin(message.udf_path, message.args, identity, request, self._decode)
        return RunningMutation(self._call_metrics, request, pending)

    async def act(self, message: Action, client: Client, identity: Identity | None) -> Outcome:
        """Run an action with the identity that the client had when it asked, and return its outcome."""
        session = client.session
        self._record(identity)
        try:
            path, arguments = self._decode_call(message.udf_path, message.args)
            request_id = _request_id(session, message.request_id)
            size = len(memoryview(message.args))
            started = perf_counter()
            with calling_from(_origin_of(client, message)):
                outcome = await self._runtime.run(
                    CallRequest(path, arguments, identity, "action", request_id, size=size)
                )
        except FunctionError as error:
            return Outcome(error=error)
        except RequestError as error:
            return Outcome(error=ServiceUnavailable(error.message))
        self._call_metrics.record(path, outcome, request_id, perf_counter() - started)
        return outcome

    def _record(self, identity: Identity | None) -> None:
        if identity is not None:
            self._record_use(identity)

    def _decode_call(self, path: str, raw: msgspec.Raw) -> tuple[str, dict[str, object]]:
        try:
            path = canonical_path(path)
            return path, self._decode(raw, path)
        except RequestError as error:
            raise Invalid(error.message) from None

    def _decode(self, raw: msgspec.Raw, path: str) -> dict[str, object]:
        if (sizes := dropped(raw)) is not None:
            actual, limit = sizes
            message = f"Arguments for {path} are too large ({actual} bytes): a message may have {limit} bytes"
            raise LimitExceeded(message, actual=actual, limit=limit)
        return decode_arguments(raw, path, self._max_argument_bytes)


class RunningMutation:
    """A running mutation. `done` is set once it is over."""

    __slots__ = ("done", "_call_metrics", "_request", "_pending", "_started")

    def __init__(self, call_metrics: CallMetrics, request: Request, pending: PendingMutation) -> None:
        self.done = pending.committed
        self._call_metrics = call_metrics
        self._request = request
        self._pending = pending
        self._started = perf_counter()

    async def outcome(self) -> Outcome | RequestError:
        """Return the outcome; a RequestError if the client has to send it again. Await it once."""
        try:
            outcome = await self._pending.outcome(self._request_id)
        except RequestError as error:
            return error
        failed = outcome.error is not None
        request_id = self._request_id() if failed else ""
        self._call_metrics.record(self._pending.path, outcome, request_id, perf_counter() - self._started)
        return outcome

    def _request_id(self) -> str:
        return _request_id(self._request.session, self._request.number)


def _origin_of(client: Client, message: Mutation | Action) -> Callable[[], Origin]:
    """Return the function that makes the origin of a call."""
    return _origin(client, message.request_id)


def _origin(client: Client, number: int) -> Callable[[], Origin]:
    session = client.session
    return lambda: Origin(request_id=_request_id(session, number), address=client.address, agent=client.agent)


def claims_of(identity: Identity | None) -> Identity | None:
    """Return the claims that functions see: all except those that differ between the tokens of a sign-in.

    The time of issue stays: a user may have ended all tokens issued before a certain time.
    """
    if identity is None:
        return None
    return msgspec.structs.replace(identity, expires_at=0.0, token="" if identity.session else identity.token)


def is_renewal(before: Identity | None, after: Identity | None) -> bool:
    """Return whether the claims are of one sign-in and differ in their time of issue only."""
    if before is None or after is None or not before.session:
        return before == after
    return before == msgspec.structs.replace(after, issued_at=before.issued_at)


def _request_id(session: str, number: int) -> str:
    """Return the request id that relates a client's log to the server's."""
    return hashlib.sha256(f"{session}|{number}".encode()).hexdigest()[:REQUEST_ID_DIGITS]
