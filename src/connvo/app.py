"""The composition root: builds the engine, the runtime and the transport from the settings.

Guarantees: all parts are made here and passed down; no other module fetches a part that it was not given.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from . import __version__
from .bus.factory import create_bus
from .kernel.identity import Identity
from .model.membership.timeouts import PRESENCE
from .model.users.interest_seed import ensure_catalog
from .model.users.sessions import note_caller, standing_of_caller
from .model.webhooks import receive_event
from .providers.rooms.factory import available_providers, room_provider, undocumented
from .providers.rooms.getstream_events import StreamEvent
from .runtime.function import Kind
from .runtime.registry import Registry
from .runtime.services import Runtime
from .settings import Secrets, Settings, split
from .store.commit_log import Commit
from .store.engine import StoreUnavailable
from .store.factory import create_engine, database_address
from .telemetry.metrics import Metrics
from .transport.addresses import ClientAddresses
from .transport.admission import Admission
from .transport.auth.authenticator import Authenticator
from .transport.auth.discovery import Discovery
from .transport.auth.issuers import issuers_of
from .transport.auth.jwks import Fetcher
from .transport.auth.local_issuer import LocalIssuer
from .transport.auth.session_notes import SessionNotes
from .transport.auth.workos import workos_users
from .transport.call_budget import CallBudget
from .transport.call_metrics import CallMetrics
from .transport.connections import Connections
from .transport.http.api_docs import Reference
from .transport.http.function_calls import Calls
from .transport.http.getstream_client import GetStreamClient
from .transport.http.health import Health
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
from .transport.sync.connections import Sockets

if TYPE_CHECKING:
    from starlette import routing

log = structlog.get_logger()

# The API, and the functions that only the server calls.
FUNCTIONS = ("connvo.functions", "connvo.model")
FOLDER_MODE = 0o700
NS_PER_SECOND = 1e9
# Pages of other origins may not use these: the first three belong to the server's own page, the rest to operators.
OWN_PATHS = {TOKEN_PATH, SIGN_IN_OPTIONS_PATH, NAME_PATH, "/metrics", "/readyz"}
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
        self.settings = settings
        self.registry = Registry(*FUNCTIONS, *more_functions)
        self.engine = create_engine(settings)
        self.metrics = Metrics(__version__)
        measured = self.metrics.record
        self.bus = create_bus(database_address(settings))
        self.runtime = Runtime(self.registry, self.engine, settings, presence=PRESENCE, measured=measured, bus=self.bus)
        self.engine.on_local_commits(self._committed)
        self.local_issuer = LocalIssuer.open(settings.server.data) if settings.identity.local_issuer_on else None
        self.fetcher = Fetcher()
        identity = settings.identity
        self.discovery = Discovery(identity.issuer, self.fetcher.get) if identity.issuer else None
        users = workos_users(identity, self.fetcher.get)
        issuers = issuers_of(identity, self.local_issuer, self.fetcher.get, self.discovery, users)
        self.session_notes = SessionNotes(self._note_session)
        self.auth = Authenticator(issuers, settings.identity, self._now, on_use=self.session_notes.record)
        public = {entry.path: entry.kind for entry in self.registry.functions() if not entry.internal}
        self.call_metrics = CallMetrics(self.metrics, public)
        self.addresses = ClientAddresses(settings.server.proxy_networks)
        refused, http = self.metrics.refused, settings.http
        self.connections = Connections(
            http.connections, http.connections_per_network, http.connections_per_account, refused
        )
        self.metrics.watch("connections", "Open connections, WebSockets included.", lambda: len(self.connections))
        self.admission = Admission(self.auth, CallBudget(settings.rates, refused))
        self.sockets = Sockets(self.runtime, self.admission, self.call_metrics, self.addresses)
        self.metrics.watch("sync_connections", "Open sync connections.", lambda: len(self.sockets))
        self.metrics.watch("live_queries", "Live queries, shared ones once.", lambda: len(self.runtime.subscriptions))
        access = OperatorAccess(settings.metrics, settings.server.host)
        self.health = Health(self.runtime.health, __version__, self.metrics, access, settings.metrics.max_age_seconds)
        self.health.set_deep_check(self._deep_check, settings.doctor.deep_cache_seconds)
        self.router = self._router(public)
        for provider in available_providers(settings):
            room_provider(settings, provider)  # load its SDK now: that takes seconds, too long for the first call

    def _router(self, public: Mapping[str, Kind]) -> Router:
        settings = self.settings
        calls = Calls(
            self.runtime, self.admission, settings.server, settings.limits, self.metrics, self.call_metrics, public
        )
        reference = Reference(lambda: openapi(self.registry, settings), __version__)
        routes = {
            **calls.routes(),
            **self.health.routes(),
            **reference.routes(),
        }
        sign_in = SignIn(
            settings.identity, self.local_issuer, self._now, discovery=self.discovery, standing=self._standing
        )
        routes |= sign_in.routes()
        routes |= self._token_exchange()
        routes |= ice_routes(settings.ice)
        client = GetStreamClient(settings.getstream)
        routes |= client.routes()
        routes |= GetStreamWebhook(settings.getstream, self._apply_stream_event, self.metrics).routes()
        if self.local_issuer is not None:
            routes |= key_routes(self.local_issuer)
        prefixes = calls.prefixes()
        no_page = reference.no_page
        web = find_web_app(settings.server.web)
        if web is not None:
            fixed = [*socket_origins(client.connects_to), *janus_origins(settings.janus)]
            policy = PagePolicy(lambda: [*self._identity_origins(), *fixed], split(settings.server.picture_hosts))
            pages = Pages(web, policy)
            routes |= pages.routes()
            prefixes |= pages.prefixes()
            no_page = pages.no_page
        closed = {*OWN_PATHS, *reference.own_paths(), *client.routes()}
        return Router(
            routes, prefixes, self.metrics, self.sockets.serve, no_page, closed, self.addresses, self._charge, CHARGED
        )

    def _charge(self, network: str) -> None:
        self.admission.budget.charge(network, None)

    def operator_router(self) -> Router:
        """Return the application of the operators' own listener."""
        access = OperatorAccess(self.settings.metrics, self.settings.metrics.host, own_listener=True)
        routes = self.health.routes(access)
        return Router(routes, {}, self.metrics, refuse_socket, same_origin=routes.keys())

    def _token_exchange(self) -> dict[str, dict[str, Handler]]:
        identity = self.settings.identity
        client, secret = identity.page_client_id, identity.client_secret
        if self.discovery is None or not client or not secret:
            return {}
        return TokenExchange(client, secret, self.discovery, self.fetcher.post).routes()

    def _identity_origins(self) -> list[str]:
        """Return the provider origins that the page connects to; none until its discovery document was read."""
        if self.settings.identity.workos_client_id:
            return [self.settings.identity.workos_origin]
        provider = None if self.discovery is None else self.discovery.provider
        return [] if provider is None else provider.origins()

    async def open(self) -> None:
        """Open the database and start the jobs.

        Raises:
            StoreError: The database cannot be opened.
        """
        if self.settings.identity.by_name and self.settings.identity.open:
            log.warning("auth_open", means="any client that can reach this server can sign in under any name")
        await self.engine.open()
        self.settings.secrets = Secrets(self.engine.secret())
        await self.runtime.call(ensure_catalog)
        await self.runtime.start()
        if self.discovery is not None:
            self.discovery.start()

    async def close(self) -> None:
        """Wait for running calls, then close."""
        if self.discovery is not None:
            await self.discovery.stop()
        await self.session_notes.settle()
        await self.runtime.stop()
        await self.engine.close()
        await self.fetcher.close()

    async def _note_session(self, identity: Identity) -> bool:
        noted: bool = await self.runtime.call(note_caller, identity)
        return noted

    async def _standing(self, token: str) -> Standing:
        standing: Standing = await self.runtime.call(standing_of_caller, await self.auth.verify(token))
        return standing

    def _now(self) -> float:
        """Return the time in seconds since the epoch, by the clock that all nodes share."""
        return self.engine.now_ns() / NS_PER_SECOND

    async def _apply_stream_event(self, event: StreamEvent, digest: str, expires_at: float) -> str:
        outcome: str = await self.runtime.call(receive_event, event=event, digest=digest, expires_at=expires_at)
        return outcome

    async def _deep_check(self) -> dict[str, tuple[str, str]]:
        from .doctor.checks import glanced  # keeps the checks out of the server's start

        return {finding.check: (finding.state, finding.says) for finding in await glanced(self.settings)}

    def _committed(self, commits: list[Commit]) -> None:
        self.metrics.committed(len(commits))


def build(settings: Settings | None = None) -> "routing.Router":
    """Return the ASGI application, for any ASGI server; it opens and closes with the server's lifespan."""
    from starlette import routing  # not needed by `connvo serve`, which opens and closes the backend itself

    backend = Backend(settings or Settings())

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        await backend.open()
        try:
            yield
        finally:
            await backend.close()

    return routing.Router(default=backend.router, lifespan=lifespan)


def openapi(registry: Registry | None = None, settings: Settings | None = None) -> dict[str, Any]:
    """Return the OpenAPI document of the functions that this deployment serves."""
    from .runtime.openapi.document import document

    return document(registry or Registry(*FUNCTIONS), __version__, undocumented(settings or Settings()))


def data_folder(path: Path) -> None:
    """Create the data folder if it is missing.

    Raises:
        StoreUnavailable: The folder cannot be created or written.
    """
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"cannot use the data folder {path}: {error.strerror or error}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise StoreUnavailable(f"cannot use the data folder {path}: this user may not write to it")
