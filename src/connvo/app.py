"""The composition root: builds the engine, the runtime and the transport from the settings.

Guarantees: all parts are made here and passed down; no other module fetches a part that it was not given.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from . import __version__
from .bus.factory import create_bus
from .kernel.clock import MS
from .kernel.identity import Identity
from .model.audit.events import note_events
from .model.membership.timeouts import PRESENCE
from .model.transcripts import speech
from .model.users.interest_seed import ensure_catalog
from .model.users.sessions import note_caller, standing_of_caller
from .model.webhooks import receive_event
from .providers.computing.computer import stop_computers
from .providers.rooms.factory import available_providers, room_provider, undocumented
from .providers.rooms.getstream_events import StreamEvent
from .providers.speech.factory import speech_engine
from .runtime.function import Kind
from .runtime.measuring.node import digest_of
from .runtime.measuring.node_view import TrailCheck
from .runtime.registry import Registry
from .runtime.services import Runtime
from .settings import Secrets, Settings, split
from .store.commit_log import Commit
from .store.factory import create_engine, data_folder, database_address
from .telemetry.metrics import Metrics
from .telemetry.traces import open_traces
from .transport.addresses import ClientAddresses
from .transport.admission import Admission
from .transport.asgi import Receive, Scope, Send
from .transport.auth.authentication import Authentication
from .transport.call_budget import CallBudget
from .transport.call_metrics import CallMetrics
from .transport.connections import Connections
from .transport.http.api_docs import Reference
from .transport.http.docs_site import DocsSite, find_docs_site
from .transport.http.function_calls import Calls
from .transport.http.getstream_client import GetStreamClient
from .transport.http.health import DeepCheck, Health, OutsideHealth
from .transport.http.ice import ice_routes
from .transport.http.local_keys import key_routes
from .transport.http.operator_access import OperatorAccess, refuse_socket
from .transport.http.page_policy import PagePolicy, janus_origins, socket_origins
from .transport.http.router import Handler, Router
from .transport.http.sign_in import NAME_PATH, SIGN_IN_OPTIONS_PATH, SignIn, Standing
from .transport.http.token_exchange import PATH as TOKEN_PATH
from .transport.http.token_exchange import TokenExchange
from .transport.http.web_app import Pages, find_web_app
from .transport.http.webhooks import GetStreamWebhook
from .transport.speech.endpoint import PATH as SPEECH_PATH
from .transport.speech.endpoint import SpeechEndpoint
from .transport.speech.services import Services as SpeechServices
from .transport.speech.services import SpeechFunctions
from .transport.sync.connections import Sockets

if TYPE_CHECKING:
    from starlette import routing

log = structlog.get_logger()

# The API, and the functions that only the server calls.
FUNCTIONS = ("connvo.functions", "connvo.model")
NS_PER_SECOND = 1e9
# Pages of other origins may not use these: the first three belong to the server's own page, the rest to operators.
OWN_PATHS = {TOKEN_PATH, SIGN_IN_OPTIONS_PATH, NAME_PATH, "/metrics", "/readyz"}
SPEECH = SpeechFunctions(speech.listen, speech.take_final, speech.take_interim, speech.end_stream, speech.report)
# Requests for these count against the network's call budget.
CHARGED = {TOKEN_PATH, NAME_PATH}


class Backend:
    """A whole server, without the socket that it listens on.

    `more_functions` are packages to serve beside the product's own.

    Raises:
        LocalIssuerError: The key of the local issuer cannot be used.
        StoreUnavailable: The data folder cannot be written.
    """

    def __init__(self, settings: Settings, more_functions: Sequence[str] = ()) -> None:
        data_folder(settings.server.data)
        self.engine = create_engine(settings)
        self.settings = settings = replace(settings, secrets=Secrets(self.engine.secret))
        self.registry = Registry(*FUNCTIONS, *more_functions, trusted=True)
        self.metrics = Metrics(__version__)
        measured, bus = self.metrics.record, create_bus(database_address(settings))
        self.runtime = Runtime(
            self.registry, self.engine, settings, None, PRESENCE, measured, bus, note_events=note_events
        )
        self.engine.on_local_commits(self._committed)
        self.authentication = Authentication(settings.identity, settings.server.data, self._now, self._note_session)
        public = {entry.path: entry.kind for entry in self.registry.functions() if not entry.internal}
        call_metrics = CallMetrics(self.metrics, public)
        self.addresses = ClientAddresses(settings.server.proxy_networks)
        refused, http = self.metrics.refused, settings.http
        self.connections = Connections(
            http.connections, http.connections_per_network, http.connections_per_account, refused
        )
        self.metrics.watch("connections", "Open connections, WebSockets included.", lambda: len(self.connections))
        budget = CallBudget(settings.rates, refused, lambda caller: digest_of(caller, self.engine.secret()))
        admission = Admission(self.authentication.authenticator, budget)
        self.runtime.node.traces = open_traces(
            settings.traces.url, settings.traces.share, settings.traces.service, __version__
        )
        self._measure(budget)
        self.sockets = Sockets(self.runtime, admission, call_metrics, self.addresses)
        self.speech = self._speech_endpoint(admission)
        self.metrics.watch("sync_connections", "Open sync connections.", lambda: len(self.sockets))
        self.metrics.watch("live_queries", "Live queries, shared ones once.", lambda: len(self.runtime.subscriptions))
        access = OperatorAccess(settings.metrics, settings.server.host)
        self.health = Health(self.runtime.health, __version__, self.metrics, access, settings.metrics.max_age_seconds)
        if self.speech.engine is not None:
            self.health.add_optional("speech", self.speech.engine.health)
        self.health.set_deep_check(self._deep_check, settings.doctor.deep_cache_seconds)
        self.runtime.node.checks = self.health.parts
        self.runtime.node.trail_check = self._check_trail
        self.router = self._router(public, call_metrics, admission)

    def _measure(self, budget: CallBudget) -> None:
        """Have this node count callers and connections, and show its load."""
        node = self.runtime.node
        node.allowance, node.version = budget, __version__
        node.monitor.connections = lambda: len(self.connections)
        self.metrics.watch(
            "load_pressure",
            "Part of a bound of load that is reached; 1 refuses all calls.",
            lambda: node.monitor.pressure,
        )
        self.metrics.watch("event_loop_lag_seconds", "Smoothed lag of the event loop.", lambda: node.load.lag_seconds)
        self.metrics.watch("queued_mutations", "Mutations that wait.", self.engine.queued)
        self.metrics.watch("memory_used_ratio", "Used part of the memory.", lambda: node.load.memory)
        node.recorder.on_refused = lambda: self.metrics.refused("load")

    def _speech_endpoint(self, admission: Admission) -> SpeechEndpoint:
        services = SpeechServices(
            call=self.runtime.call,
            functions=SPEECH,
            engine=speech_engine(self.settings.speech),
            settings=self.settings.speech,
            now_ms=self.runtime.now_ms,
            measured=self.metrics.record,
            leeway_ms=self.settings.identity.leeway_seconds * MS,
        )
        endpoint = SpeechEndpoint(services, admission, self.addresses)
        self.metrics.watch("speech_streams", "Members whose speech is recognised now.", lambda: len(endpoint))
        self.metrics.watch("speech_lag_seconds", "Age of the oldest speech without its words.", lambda: endpoint.lag)
        return endpoint

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        serve = self.speech.serve if scope["path"] == SPEECH_PATH else self.sockets.serve
        await serve(scope, receive, send)

    def _router(self, public: Mapping[str, Kind], call_metrics: CallMetrics, admission: Admission) -> Router:
        settings, authentication = self.settings, self.authentication
        calls = Calls(self.runtime, admission, settings.server, settings.limits, self.metrics, call_metrics, public)
        reference = Reference(lambda: openapi(self.registry, settings), __version__)
        routes = {
            **calls.routes(),
            **self.health.routes(),
            **reference.routes(),
        }
        local, discovery = authentication.local_issuer, authentication.discovery
        routes |= SignIn(settings.identity, local, self._now, discovery=discovery, standing=self._standing).routes()
        routes |= self._token_exchange()
        routes |= ice_routes(settings.ice)
        client = GetStreamClient(settings.getstream)
        routes |= client.routes()
        routes |= GetStreamWebhook(settings.getstream, self._apply_stream_event, self.metrics).routes()
        if local is not None:
            routes |= key_routes(local)
        prefixes = calls.prefixes()
        no_page = reference.no_page
        closed = {*OWN_PATHS, *reference.own_paths(), *client.routes()}
        if (docs := find_docs_site()) is not None:
            site = DocsSite(docs)
            routes |= site.routes()
            prefixes |= site.prefixes()
            closed |= {*site.own_paths()}
        web = find_web_app(settings.server.web)
        if web is not None:
            fixed = [*socket_origins(client.connects_to), *janus_origins(settings.janus)]
            policy = PagePolicy(lambda: [*authentication.page_origins(), *fixed], split(settings.server.picture_hosts))
            pages = Pages(web, policy)
            routes |= pages.routes()
            prefixes |= pages.prefixes()
            no_page = pages.no_page
            closed |= {*pages.own_paths()}

        def charge(network: str) -> None:
            admission.budget.charge(network, None)

        return Router(
            routes,
            prefixes,
            self.metrics,
            self._serve_socket,
            no_page,
            closed,
            self.addresses,
            charge,
            CHARGED,
            self.runtime.node.traces,
        )

    def operator_router(self) -> Router:
        """Return the application of the operators' own listener."""
        access = OperatorAccess(self.settings.metrics, self.settings.metrics.host, own_listener=True)
        routes = self.health.routes(access)
        return Router(routes, {}, self.metrics, refuse_socket, same_origin=routes.keys())

    def _token_exchange(self) -> dict[str, dict[str, Handler]]:
        identity = self.settings.identity
        client, secret = identity.page_client_id, identity.client_secret
        discovery = self.authentication.discovery
        if discovery is None or not client or not secret:
            return {}
        return TokenExchange(client, secret, discovery, self.authentication.fetcher.post).routes()

    async def open(self) -> None:
        """Open the database and start the jobs.

        Raises:
            StoreError: The database cannot be opened.
        """
        if self.settings.identity.by_name and self.settings.identity.open:
            log.warning("auth_open", means="any client that can reach this server can sign in under any name")
        await self.engine.open()
        for provider in available_providers(self.settings):
            room_provider(self.settings, provider)  # load its SDK now: that takes seconds, too long for the first call
        await self.runtime.call(ensure_catalog)
        await self.runtime.start()
        self.authentication.start()
        await self.speech.start()

    async def close(self) -> None:
        """Wait for running calls, then close."""
        await self.authentication.stop_reading()
        await self.speech.stop()
        await self.runtime.stop()
        await stop_computers()
        await self.engine.close()
        await self.authentication.close()
        await asyncio.to_thread(self.runtime.node.traces.close)

    async def _note_session(self, identity: Identity) -> bool:
        noted: bool = await self.runtime.call(note_caller, identity)
        return noted

    async def _standing(self, token: str) -> Standing:
        identity = await self.authentication.authenticator.verify(token)
        standing: Standing = await self.runtime.call(standing_of_caller, identity)
        return standing

    def _now(self) -> float:
        """Return the time in seconds since the epoch, by the clock that all nodes share."""
        return self.engine.now_ns() / NS_PER_SECOND

    async def _apply_stream_event(self, event: StreamEvent, digest: str, expires_at: float) -> str:
        outcome: str = await self.runtime.call(receive_event, event=event, digest=digest, expires_at=expires_at)
        return outcome

    async def _deep_check(self) -> DeepCheck:
        from .doctor.checks import glanced  # keeps the checks out of the server's start

        return {finding.check: OutsideHealth(finding.state, finding.says) for finding in await glanced(self.settings)}

    async def _check_trail(self, known: str | None) -> TrailCheck:
        from .maintenance.audit_check import verdict  # keeps the check out of the server's start

        return await verdict(self.engine, self.settings.audit.key_bytes, known)

    def _committed(self, commits: list[Commit]) -> None:
        self.metrics.committed(len(commits))


def build(settings: Settings | None = None) -> "routing.Router":
    """Return the ASGI application, for any ASGI server; it opens and closes with the server's lifespan."""
    return served(Backend(settings or Settings()))


def served(backend: Backend) -> "routing.Router":
    """Return the ASGI application of a backend, which opens and closes with the server's lifespan."""
    from starlette import routing  # not needed by `connvo serve`, which opens and closes the backend itself

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        await backend.open()
        try:
            yield
        finally:
            await backend.close()

    return routing.Router(default=backend.router, lifespan=lifespan)


def openapi(registry: Registry | None = None, settings: Settings | None = None) -> dict[str, object]:
    """Return the OpenAPI document of the functions that this deployment serves."""
    from .runtime.openapi.document import document

    return document(registry or Registry(*FUNCTIONS), __version__, undocumented(settings or Settings()))
