"""The requests of sockets on their way to the runtime."""

import hashlib
from collections.abc import Callable
from time import perf_counter
from typing import Any

import msgspec

from connvo.kernel.errors import FunctionError, Invalid, RequestError, ServiceUnavailable
from connvo.kernel.identity import Identity
from connvo.kernel.names import canonical_path
from connvo.runtime.executor import PendingMutation
from connvo.runtime.live.requests import QueryRequest
from connvo.runtime.outcome import Outcome
from connvo.runtime.request_dedup import MutationOrder, Request
from connvo.runtime.services import Runtime
from connvo.transport.call_metrics import CallMetrics
from connvo.transport.http.envelope import decode_arguments

from .messages import Action, Add, Mutation

REQUEST_ID_DIGITS = 16


class Requests:
    """Turns messages into questions and outcomes. `used` hears who calls."""

    def __init__(self, runtime: Runtime, tally: CallMetrics, used: Callable[[Identity], None]) -> None:
        self._runtime = runtime
        self._call_metrics = tally
        self._used = used
        self._most_argument_bytes = runtime.settings.limits.argument_bytes

    def query_request(self, add: Add, identity: Identity | None) -> QueryRequest:
        """Return what a client wants to watch.

        Raises:
            FunctionError: For what cannot be asked.
        """
        path, _ = self._asked(add.udf_path, add.args)
        wire = msgspec.json.decode(add.args)
        text = msgspec.json.encode(wire[0] if isinstance(wire, list) else wire, order="sorted")
        return self._runtime.query_request(path, text, claims_of(identity), add.journal)

    def mutate(
        self, message: Mutation, session: str, identity: Identity | None, line: MutationOrder
    ) -> "RunningMutation":
        """Begin a mutation, behind those that were begun before."""
        self._note(identity)
        request = Request.of(session, message.request_id, identity, line)
        return RunningMutation(
            self._call_metrics,
            request,
            self._runtime.begin(message.udf_path, message.args, identity, request, self._decode),
        )

    async def act(self, message: Action, session: str, identity: Identity | None) -> Outcome:
        """Return what came of an action."""
        self._note(identity)
        try:
            path, arguments = self._asked(message.udf_path, message.args)
            request_id = _request_id(session, message.request_id)
            size = len(memoryview(message.args))
            started = perf_counter()
            outcome = await self._runtime.run(path, arguments, identity, "action", request_id, size=size)
        except FunctionError as error:
            return Outcome(error=error)
        except RequestError as error:
            return Outcome(error=ServiceUnavailable(error.message))
        self._call_metrics.record(path, outcome, request_id, perf_counter() - started)
        return outcome

    def _note(self, identity: Identity | None) -> None:
        if identity is not None:
            self._used(identity)

    def _asked(self, path: str, raw: msgspec.Raw) -> tuple[str, dict[str, Any]]:
        try:
            path = canonical_path(path)
            return path, self._decode(raw, path)
        except RequestError as error:
            raise Invalid(error.message) from None

    def _decode(self, raw: msgspec.Raw, path: str) -> dict[str, Any]:
        return decode_arguments(raw, path, self._most_argument_bytes)


class RunningMutation:
    """A mutation under way. `done` is set when it is over."""

    __slots__ = ("done", "_call_metrics", "_request", "_pending", "_started")

    def __init__(self, tally: CallMetrics, request: Request, begun: PendingMutation) -> None:
        self.done = begun.committed
        self._call_metrics = tally
        self._request = request
        self._pending = begun
        self._started = perf_counter()

    async def outcome(self) -> Outcome | RequestError:
        """Return what came of it; an error when it has to be sent again to know that. To be awaited once."""
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


def claims_of(identity: Identity | None) -> Identity | None:
    """Return what functions may see of a caller: everything but what differs from token to token of a sign-in.

    When the token was issued stays: a caller may have ended all that were issued until then.
    """
    if identity is None:
        return None
    return msgspec.structs.replace(identity, expires_at=0.0, token="" if identity.session else identity.token)


def is_renewal(before: Identity | None, after: Identity | None) -> bool:
    """Return whether the claims of two tokens of one sign-in differ in nothing but when they were issued."""
    if before is None or after is None or not before.session:
        return before == after
    return before == msgspec.structs.replace(after, issued_at=before.issued_at)


def _request_id(session: str, number: int) -> str:
    """Return the id under which a client's own log line can be found in the server's."""
    return hashlib.sha256(f"{session}|{number}".encode()).hexdigest()[:REQUEST_ID_DIGITS]
