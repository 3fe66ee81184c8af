"""A server of HTTP connections on a real socket, and clients that say exactly what they are told."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from connvo.settings import HttpSettings
from connvo.transport.addresses import ClientAddresses
from connvo.transport.connections import Connections
from connvo.transport.server_protocol import WebSocketProtocol, protocol_factory

PATIENCE_SECONDS = 20.0
Application = Callable[[Any, Any, Any], Any]


class Listener:
    """A server with an application, run in a thread. `reasons` are those that were counted."""

    def __init__(
        self, application: Application, host: str = "127.0.0.1", proxies: tuple[str, ...] = (), **limits: Any
    ) -> None:
        settings = HttpSettings(**limits)
        self.reasons: list[str] = []
        self.connections = Connections(
            settings.connections,
            settings.connections_per_network,
            settings.connections_per_account,
            self.reasons.append,
        )
        self.addresses = ClientAddresses(proxies)
        factory: Any = protocol_factory(settings, self.connections, self.addresses, self.reasons.append)
        config = uvicorn.Config(
            application, http=factory, ws=WebSocketProtocol, lifespan="off", log_config=None, timeout_keep_alive=30
        )
        self._server = uvicorn.Server(config)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family)
        self._socket.bind((host, 0))
        self._socket.listen(512)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def start(self) -> "Listener":
        self._thread.start()
        wait_for(lambda: self._server.started)
        return self

    def stop(self) -> None:
        self._server.force_exit = self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


class RawClient:
    """A TCP connection to a server."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, PATIENCE_SECONDS)

    def send(self, data: bytes) -> "RawClient":
        """Send bytes; a server that has closed already takes none."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)
        return self

    def receive(self, until: bytes) -> bytes:
        """Return what comes up to and with a mark."""
        received = b""
        while until not in received:
            part = self._socket.recv(65536)
            assert part, received
            received += part
        return received

    def rest(self) -> bytes:
        """Return what comes until the server closes the connection."""
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while part := self._socket.recv(65536):
                received += part
        return received

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def listening(application: Application, **given: Any) -> Iterator[Listener]:
    """Run a server for as long as the block runs."""
    listener = Listener(application, **given).start()
    try:
        yield listener
    finally:
        listener.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
