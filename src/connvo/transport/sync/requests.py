"""The requests of sockets on their way to the runtime."""

import hashlib
from time import perf_counter
from typing import Any

import msgspec

from ...kernel.errors import FunctionError, Invalid, RequestError, ServiceUnavailable
from ...kernel.identity import Identity
from ...kernel.names import canonical_path
from ...runtime.execute import Outcome, Runtime
from ...runtime.function import Kind
from ...runtime.live import Question
from ...runtime.receipts import Line, Request
from ..envelope import decode_arguments
from ..tally import Tally
from .messages import Action, Add, Mutation

REQUEST_ID_DIGITS = 16


class Requests:
    """Turns messages into questions and outcomes."""

    def __init__(self, runtime: Runtime, tally: Tally) -> None:
        self._runtime = runtime
        self._tally = tally
        self._most_argument_bytes = runtime.settings.limits.argument_bytes

    def question(self, add: Add, identity: Identity | None) -> Question:
        """Returns what a client wants to watch. Raises FunctionError for what cannot be asked."""
        path, _ = self._asked(add.udf_path, add.args)
        wire = msgspec.json.decode(add.args)
        text = msgspec.json.encode(wire[0] if isinstance(wire, list) else wire, order="sorted")
        return Question(path, text, claims_of(identity), add.journal)

    async def mutate(
        self, message: Mutation, session: str, identity: Identity | None, line: Line
    ) -> Outcome | RequestError:
        """Returns what came of a mutation; an error, and breaks the line, when it has to be sent again to know that."""
        request = Request.of(session, message.request_id, identity, line)
        try:
            return await self._run(message, "mutation", session, identity, request)
        except RequestError as error:
            line.break_at(message.request_id)
            return error

    async def act(self, message: Action, session: str, identity: Identity | None) -> Outcome:
        """Returns what came of an action."""
        try:
            return await self._run(message, "action", session, identity)
        except RequestError as error:
            return Outcome(error=ServiceUnavailable(error.message))

    async def _run(
        self,
        message: Mutation | Action,
        kind: Kind,
        session: str,
        identity: Identity | None,
        request: Request | None = None,
    ) -> Outcome:
        try:
            path, arguments = self._asked(message.udf_path, message.args)
        except FunctionError as error:
            return Outcome(error=error)
        request_id = _request_id(session, message.request_id)
        size = len(memoryview(message.args))
        started = perf_counter()
        outcome = await self._runtime.run(path, arguments, identity, kind, request_id, request=request, size=size)
        self._tally.note(path, outcome, request_id, perf_counter() - started)
        return outcome

    def _asked(self, path: str, raw: msgspec.Raw) -> tuple[str, dict[str, Any]]:
        try:
            path = canonical_path(path)
            return path, decode_arguments(raw, path, self._most_argument_bytes)
        except RequestError as error:
            raise Invalid(error.message) from None


def claims_of(identity: Identity | None) -> Identity | None:
    """Returns what functions may see of a caller: everything but when the token expires."""
    return None if identity is None else msgspec.structs.replace(identity, expires_at=0.0)


def _request_id(session: str, number: int) -> str:
    """Returns the id under which a client's own log line can be found in the server's."""
    return hashlib.sha256(f"{session}|{number}".encode()).hexdigest()[:REQUEST_ID_DIGITS]
