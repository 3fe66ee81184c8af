"""The server process: it listens, serves, and stops gracefully.

Guarantees: a stop first makes the server not ready, then closes the listeners. It then disconnects sync clients after
their answers, and lets requests finish.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from types import FrameType

import uvicorn

from .app import Backend
from .kernel.open_files import FileBudget, file_budget
from .providers.coturn.plan import planned
from .providers.coturn.supervisor import Coturn
from .settings import Settings
from .store.factory import data_folder
from .transport.connections import Connections
from .transport.server_protocol import WebSocketProtocol, protocol_factory

OPERATOR_BACKLOG, OPERATOR_CONNECTIONS = 64, 64
KEEP_ALIVE_SECONDS = 75
GRACEFUL_SECONDS = 10
# Calls and live answers make no reference cycles (tests/runtime/test_cycles.py): a collection of what they left stopped
# the loop for 60 to 170 ms while a hundred people joined. Collecting rarely saves a sixth of the time under load.
GARBAGE_THRESHOLDS = (10_000, 20, 50)
PINGS_PER_TIMEOUT = 6  # the pause between pings is this part of the ping timeout


class Server(uvicorn.Server):
    """uvicorn's server, with graceful shutdown."""

    def __init__(self, config: uvicorn.Config, backend: Backend) -> None:
        super().__init__(config)
        self._backend = backend

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a stop signal; the server is not ready from here on."""
        self._backend.health.stopping = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening first, so that disconnected clients reconnect to another node."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        await asyncio.gather(self._backend.sockets.stop(), self._backend.speech.end_connections())
        await super().shutdown()


class OperatorServer(uvicorn.Server):
    """The operators' own listener, which leaves signals to the main server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no signal handlers."""
        yield


@asynccontextmanager
async def operator_listener(backend: Backend, listener: socket.socket | None) -> AsyncIterator[None]:
    """Serve operators on a bound socket, if given, while the block runs."""
    if listener is None:
        yield
        return
    server = OperatorServer(_operator_config(backend))
    listener.listen(OPERATOR_BACKLOG)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="operators")
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _operator_config(backend: Backend) -> uvicorn.Config:
    """Return the configuration of the operators' listener.

    It counts its own connections, so clients of the public port cannot use them up.
    """
    http, limit = backend.settings.http, OPERATOR_CONNECTIONS
    connections = Connections(limit, limit, limit, backend.metrics.refused)
    return uvicorn.Config(
        backend.operator_router(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        http=protocol_factory(http, connections, backend.addresses, backend.metrics.refused),
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def configure(backend: Backend, files: FileBudget) -> uvicorn.Config:
    """Return the configuration of the public listener, within the process's limit of open files."""
    backend.connections.set_limit(files.connections)
    sync, http = backend.settings.sync, backend.settings.http
    pause = sync.ping_timeout_seconds / PINGS_PER_TIMEOUT
    return uvicorn.Config(
        backend.router,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        http=protocol_factory(http, backend.connections, backend.addresses, backend.metrics.refused),
        ws=WebSocketProtocol,
        ws_max_size=sync.max_message_bytes,
        ws_ping_interval=pause,
        ws_ping_timeout=sync.ping_timeout_seconds - pause,
        ws_per_message_deflate=sync.compression,
        backlog=files.backlog,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def create_turn_server(settings: Settings) -> tuple[Settings, Coturn | None]:
    """Return the settings to serve with, and the TURN server to start if they ask for one and offer its addresses.

    Raises:
        StoreUnavailable: The data folder cannot be written.
        CoturnError: The settings describe no TURN server that can run.
    """
    if not settings.turn.serve:
        return settings, None
    data_folder(settings.server.data)
    plan = planned(settings)
    return replace(settings, ice=plan.offered(settings.ice)), Coturn(plan, settings.server.data)


def tune_gc() -> None:
    """Exempt all loaded objects from garbage collection, and collect less often.

    Objects loaded at the start stay. The start leaves less than a megabyte of garbage, which is not worth the time of
    collecting it.
    """
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    gc.enable()


def run(
    backend: Backend,
    listener: socket.socket,
    on_ready: Callable[[], None],
    turn: Coturn | None = None,
    operators: socket.socket | None = None,
) -> None:
    """Serve on a bound socket until told to stop.

    `on_ready` is called once the socket listens. `turn` is a TURN server to run meanwhile. `operators` is the bound
    socket of the operators' own listener.

    Raises:
        StoreError: The database cannot be opened.
        CoturnError: coturn cannot be started.
    """
    if turn is not None:
        backend.health.add_optional("turn", turn.health)
        backend.metrics.watch("turn_server_up", "Whether the TURN server runs.", lambda: float(turn.health().passed))
        backend.metrics.watch("turn_server_restarts", "Restarts of the TURN server.", lambda: turn.restarts)
    files = file_budget(backend.settings.http.connections)
    config = configure(backend, files)
    server = Server(config, backend)
    # uvicorn raises the signal again once it has stopped; these handlers keep the exit status at 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda sig, frame: setattr(server, "should_exit", True))

    async def serve() -> None:
        await backend.open()
        tune_gc()
        try:
            if turn is not None:
                await turn.start()
            async with operator_listener(backend, operators):
                listener.listen(files.backlog)
                on_ready()
                await server.serve(sockets=[listener])
        finally:
            if turn is not None:
                await turn.stop()
            await backend.close()

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve())
