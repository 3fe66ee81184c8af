"""The ASGI application: finds the handler of a request, and sends its response.

Owns routing, the shape of errors and the headers of every response. Routing is a dictionary: addresses are few and
fixed, except below `/api/run/`, where the rest names a function.

Guarantees: a route has one path; no percent-encoded spelling leads to it. Every response, errors included, has a
request id and security headers. All have CORS headers, except pages and where other origins are excluded. Every error
is JSON `{code, message}`. The exception is a browser that asks for a page at an unknown address: it gets the web app,
which shows the error.

Does not know: the work of a handler.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from time import perf_counter

import structlog

from connvo.kernel.errors import RequestError, request_error
from connvo.telemetry.metrics import Metrics
from connvo.telemetry.traces import NO_TRACES, Traces
from connvo.transport.addresses import DIRECT, ClientAddresses
from connvo.transport.asgi import Application, Receive, Scope, Send
from connvo.transport.connections import connection_of

from .cors import SHARED, Header, preflight_headers
from .request import ClientGone, Request, path_of
from .response import HTML, NO_STORE, Response, error_response, security_headers

log = structlog.get_logger()

Handler = Callable[[Request], Awaitable[Response]]
Routes = Mapping[str, Mapping[str, Handler]]

MS_PER_SECOND = 1000.0
OTHER = "other"
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Router:
    """An ASGI application. `routes` are handlers by exact path and method, `prefixes` those by the start of a path.

    `sockets` serves WebSocket connections. `no_page` answers a browser at an address without a page. Pages of other
    origins may not use the routes in `same_origin`, exact paths and prefixes. `addresses` identifies client networks.
    `charge` counts a network's request for a route in `charged`, or raises RequestError.
    """

    def __init__(
        self,
        routes: Routes,
        prefixes: Routes,
        metrics: Metrics,
        sockets: Application,
        no_page: Callable[[int], Response] | None = None,
        same_origin: Collection[str] = (),
        addresses: ClientAddresses = DIRECT,
        charge: Callable[[str], None] | None = None,
        charged: Collection[str] = (),
        traces: Traces = NO_TRACES,
    ) -> None:
        self._sockets = sockets
        self._no_page = no_page
        self._same_origin = same_origin
        self._addresses = addresses
        self._charge = charge
        self._charged = charged
        self._traces = traces
        self._routes = routes
        self._prefixes = prefixes
        self._metrics = metrics
        self._logs_access = logging.getLogger().isEnabledFor(logging.DEBUG)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or a socket until it closes."""
        if scope["type"] == "websocket":
            await self._sockets({**scope, "path": path_of(scope)}, receive, send)
            return
        connection = connection_of(scope)
        request = Request(scope, receive, self._addresses, connection)
        if not connection.is_proxied:
            await self._serve(request, send)
            return
        connection.belong_to(request.client)
        try:
            await self._serve(request, send)
        finally:
            connection.release()

    async def _serve(self, request: Request, send: Send) -> None:
        started = perf_counter()
        route, methods = self._find(request.path)
        method = request.method if request.method in KNOWN_METHODS else OTHER
        try:
            with self._traces.request(method, route, request.headers) as span:
                response = await self._answered(request, route, methods)
                span.answered(response.status)
        except ClientGone:
            return
        await _send(send, request, response, self._is_shared(route) and response.content_type != HTML)
        self._metrics.replied(route, method, response.status)
        if self._logs_access:
            ms = round((perf_counter() - started) * MS_PER_SECOND, 3)
            log.debug("replied", route=route, method=method, status=response.status, ms=ms, request_id=request.id)

    async def _answered(self, request: Request, route: str, methods: Mapping[str, Handler] | None) -> Response:
        """Return the response to a request, that of an error too."""
        try:
            return await self._answer(request, route, methods)
        except ClientGone:
            raise
        except RequestError as error:
            return error_response(error)
        except Exception as error:
            log.error("request_failed", route=route, request_id=request.id, exc_info=error)
            message = f"[Request ID: {request.id}] The request could not be completed; try again later"
            return error_response(request_error("InternalServerError", message))

    def _find(self, path: str) -> tuple[str, Mapping[str, Handler] | None]:
        """Return the name of a route, for the metrics, and its handlers by method."""
        methods = self._routes.get(path)
        if methods is not None:
            return path, methods
        for prefix, handlers in self._prefixes.items():
            if path.startswith(prefix):
                return prefix, handlers
        return OTHER, None

    async def _answer(self, request: Request, route: str, methods: Mapping[str, Handler] | None) -> Response:
        if request.method == "OPTIONS":
            return Response(204, headers=preflight_headers(request.headers) if self._is_shared(route) else None)
        if methods is None:
            return self._refusal(request, request_error("NotFound", "There is no such route; /docs lists them"))
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = ", ".join([*methods, "OPTIONS"])
            error = request_error("MethodNotAllowed", f"This route takes {allowed}")
            return self._refusal(request, error, (b"allow", allowed.encode()))
        if self._charge is not None and route in self._charged:
            self._charge(request.client)
        return await handler(request)

    def _is_shared(self, route: str) -> bool:
        """Return whether pages of other origins may read the responses of a route."""
        return route not in self._same_origin

    def _refusal(self, request: Request, error: RequestError, *headers: Header) -> Response:
        """Return the error for an address or method: a page for browsers, JSON for other clients."""
        if self._no_page is None or not request.wants_page:
            return error_response(error, list(headers))
        page = self._no_page(error.status)
        return Response(page.status, page.body, page.content_type, [*page.headers, *headers])


async def _send(send: Send, request: Request, response: Response, shared: bool) -> None:
    headers = [
        *(SHARED if shared else ()),
        *security_headers(response),
        (b"convex-request-id", request.id.encode()),
        *(response.headers or (NO_STORE,)),
    ]
    if response.status not in (204, 304):
        headers += [(b"content-type", response.content_type), (b"content-length", str(len(response.body)).encode())]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else response.body})
