"""The process around a backend: it listens, serves, and stops in order.

Stopping: not ready any more, no new connections, sync clients sent away with their answers, requests finished.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from .app import Backend
from .transport.sync.frames import FragmentingProtocol

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
GRACEFUL_SECONDS = 10
PING_SHARE = 6  # of the time after which a client counts as dead, one part is the pause between pings


class Server(uvicorn.Server):
    """uvicorn's server, with an end that loses nothing."""

    def __init__(self, config: uvicorn.Config, backend: Backend) -> None:
        super().__init__(config)
        self._backend = backend

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Takes the signal to stop; from here on the server is not ready."""
        self._backend.health.stopping = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops listening first, so that those who are sent away do not come back here."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        await self._backend.sockets.stop()
        await super().shutdown()


def configure(backend: Backend) -> uvicorn.Config:
    """Returns how a backend is served."""
    sync = backend.settings.sync
    pause = sync.dead_after / PING_SHARE
    return uvicorn.Config(
        backend.doors,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws=FragmentingProtocol,
        ws_max_size=sync.max_message_bytes,
        ws_ping_interval=pause,
        ws_ping_timeout=sync.dead_after - pause,
        ws_per_message_deflate=sync.compression,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def run(backend: Backend, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serves on a bound socket until told to stop; `on_ready` is called when it listens. Raises StoreError."""
    config = configure(backend)
    server = Server(config, backend)
    # uvicorn raises the signal again when it has stopped; these handlers make that a quiet, successful end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda sig, frame: setattr(server, "should_exit", True))

    async def serve() -> None:
        await backend.open()
        try:
            listener.listen(BACKLOG)
            on_ready()
            await server.serve(sockets=[listener])
        finally:
            await backend.close()

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve())
