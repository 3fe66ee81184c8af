"""The endpoints that call functions: `/api/run/...` for any client, `/api/query` and its siblings for Convex clients.

A request becomes a call, the runtime runs it, and its outcome becomes the response, with HTTP 200 even if the function
refused.

Guarantees: each endpoint has the same path rules, formats and identities. A caller is identified, and its call budget
checked, before any of the body is read.

Does not know: any particular function.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import perf_counter
from typing import Protocol

from connvo.kernel.errors import FunctionError, RequestError, request_error
from connvo.kernel.identity import Identity
from connvo.kernel.names import canonical_path
from connvo.kernel.values import encode_timestamp
from connvo.runtime.call_request import CallRequest
from connvo.runtime.function import Kind
from connvo.runtime.origins import calling_from
from connvo.runtime.outcome import Outcome
from connvo.settings import LimitSettings, ServerSettings
from connvo.telemetry.metrics import Metrics
from connvo.transport.admission import Admission
from connvo.transport.argument_limits import ArgumentLimits
from connvo.transport.call_metrics import CallMetrics

from .bodies import Bodies
from .envelope import (
    DEFAULT_FORMAT,
    Call,
    CallBody,
    answer,
    bad_body,
    call_of,
    decode_arguments,
    decode_batch,
    decode_call,
    decode_format,
    decode_run,
    encode_outcome,
)
from .request import Request
from .response import Response, json_response
from .router import Handler

RUN_PREFIX = "/api/run/"
BATCH_RETRIES = 2


class Runner(Protocol):
    """The executor of calls; see `runtime.services.Runtime`."""

    async def run(self, call: CallRequest) -> Outcome:
        """Run a call and return its outcome.

        Raises:
            RequestError: The call reached no function; errors of functions are part of the outcome.
        """
        ...

    async def latest_ts(self, identity: Identity | None) -> int:
        """Return the newest timestamp."""
        ...

    def read_timestamp(self, identity: Identity | None) -> AbstractAsyncContextManager[int]:
        """Keep the newest timestamp readable for several queries."""
        ...


class Calls:
    """The handlers. `functions` are the public functions and their kinds."""

    def __init__(
        self,
        runner: Runner,
        admission: Admission,
        server: ServerSettings,
        limits: LimitSettings,
        metrics: Metrics,
        call_metrics: CallMetrics,
        functions: Mapping[str, Kind],
    ) -> None:
        self._runner = runner
        self._admission = admission
        self._bodies = Bodies(server)
        self._argument_limits = ArgumentLimits(limits.argument_bytes, limits.argument_values)
        self._metrics = metrics
        self._call_metrics = call_metrics
        self._kind_of = functions
        self._path_of = {RUN_PREFIX + path.replace(":", "/"): path for path in functions}

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method."""
        return {
            "/api/query": {"POST": self._endpoint("query"), "GET": self._get_query},
            "/api/mutation": {"POST": self._endpoint("mutation")},
            "/api/action": {"POST": self._endpoint("action")},
            "/api/query_ts": {"POST": self._query_ts},
            "/api/query_at_ts": {"POST": self._endpoint("query", timed=True)},
            "/api/query_batch": {"POST": self._query_batch},
        }

    def prefixes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by the start of a path."""
        return {RUN_PREFIX: {"POST": self._run}}

    async def _run(self, request: Request) -> Response:
        path = self._path_of.get(request.path) or _path_in(request)
        identity = await self._admit(request)
        async with self._json_body(request, identity) as body:
            return await self._reply(
                request,
                identity,
                None,
                lambda: decode_run(body, path, self._argument_limits, self._fits(None)),
                len(body),
            )

    def _endpoint(self, kind: Kind, timed: bool = False) -> Callable[[Request], Awaitable[Response]]:
        fits = self._fits(kind)

        async def handle(request: Request) -> Response:
            identity = await self._admit(request)
            async with self._json_body(request, identity) as body:
                return await self._reply(
                    request, identity, kind, lambda: decode_call(body, self._argument_limits, fits, timed), len(body)
                )

        return handle

    async def _get_query(self, request: Request) -> Response:
        identity = await self._admit(request)
        given = request.query()
        if "path" not in given:
            raise bad_body("`path` is missing: /api/query?path=module:function&args={}")
        path = canonical_path(given["path"])

        def call() -> Call:
            text = (given.get("args") or "{}").encode()
            args = decode_arguments(text, path, *self._argument_limits) if self._fits("query")(path) else {}
            return Call(path, args, decode_format(given.get("format")), len(text))

        return await self._reply(request, identity, "query", call)

    async def _query_ts(self, request: Request) -> Response:
        identity = await self._admit(request)
        return json_response({"ts": encode_timestamp(await self._runner.latest_ts(identity))})

    async def _query_batch(self, request: Request) -> Response:
        identity = await self._admit(request)
        async with self._json_body(request, identity) as body:
            return await self._run_batch(decode_batch(body), identity, request)

    async def _run_batch(self, queries: list[CallBody], identity: Identity | None, request: Request) -> Response:
        if len(queries) > 1:
            self._admission.budget.charge(request.client, identity, len(queries) - 1)
        for _ in range(BATCH_RETRIES):
            try:
                return json_response({"results": await self._answer_batch(queries, identity, request)})
            except RequestError as error:
                if error.code != "SnapshotGone":
                    raise
        return json_response({"results": await self._answer_batch(queries, identity, request)})

    async def _answer_batch(
        self, queries: list[CallBody], identity: Identity | None, request: Request
    ) -> list[dict[str, object]]:
        """Return the answers to a batch, all at one timestamp.

        Raises:
            RequestError: SnapshotGone, if the snapshot was dropped meanwhile.
        """
        results = []
        async with self._runner.read_timestamp(identity) as at:
            for query in queries:
                results.append(await self._batched(query, identity, request, at))
                await asyncio.sleep(0)  # a batch can take as long as a hundred calls: let other tasks run
        return results

    async def _batched(
        self, query: CallBody, identity: Identity | None, request: Request, at: int
    ) -> dict[str, object]:
        try:
            call = call_of(query, self._argument_limits, self._fits("query"))
        except FunctionError as error:
            return answer(Outcome(error=error), DEFAULT_FORMAT)
        return answer(await self._execute(call, identity, "query", request, at), call.format)

    def _fits(self, kind: Kind | None) -> Callable[[str], bool]:
        """Return a test for paths of public functions of a kind; None accepts any kind."""
        if kind is None:
            return self._kind_of.__contains__
        return lambda path: self._kind_of.get(path) == kind

    async def _reply(
        self, request: Request, identity: Identity | None, kind: Kind | None, decode: Callable[[], Call], size: int = 0
    ) -> Response:
        try:
            call = await self._bodies.decoded(size, decode)
        except FunctionError as error:
            return Response(200, encode_outcome(Outcome(error=error), DEFAULT_FORMAT))
        outcome = await self._execute(call, identity, kind, request, call.at)
        return Response(200, encode_outcome(outcome, call.format))

    async def _execute(
        self, call: Call, identity: Identity | None, kind: Kind | None, request: Request, at: int | None
    ) -> Outcome:
        started = perf_counter()
        self._metrics.running.inc()
        try:
            with calling_from(request.origin):
                asked = CallRequest(call.path, call.args, identity, kind, request.id, at, call.size)
                outcome = await self._runner.run(asked)
        finally:
            self._metrics.running.dec()
        self._call_metrics.record(call.path, outcome, request.id, perf_counter() - started)
        return outcome

    async def _admit(self, request: Request) -> Identity | None:
        """Count a call and return its caller's identity.

        Raises:
            RequestError: The token is refused, or there were too many calls.
        """
        identity = await self._admission.identify(request.headers.get(b"authorization"), request.client)
        self._admission.budget.charge(request.client, identity)
        if identity is not None and request.connection is not None:
            request.connection.recognize(identity.token_identifier)
        return identity

    @asynccontextmanager
    async def _json_body(self, request: Request, identity: Identity | None) -> AsyncIterator[bytes]:
        async with self._bodies.read(request, identity) as body:
            if not request.is_json:
                raise bad_body("The content type must be application/json")
            yield body


def _path_in(request: Request) -> str:
    """Return the function path of an address below `/api/run/` that is not in its usual form."""
    *module, function = segments = request.segments_after(RUN_PREFIX)
    if not module:
        raise request_error("MissingIdentifier")
    if any("/" in segment for segment in segments):
        raise request_error("BadConvexFunctionIdentifier", "A segment of the address contains an encoded slash")
    return canonical_path(f"{'/'.join(module)}:{function}")
