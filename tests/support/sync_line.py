"""A client of the sync protocol on a real WebSocket, for tests that wait for what they want to see."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from .sync_client import SyncClient

PATIENCE_SECONDS = 30.0
MAX = 32 * 1024 * 1024
# A machine that runs many tests at once may take long; how long a handshake takes is not what they are about.
OPEN_SECONDS = 60


class Line:
    """A connection of a client, which may have had others before."""

    def __init__(self, client: SyncClient, socket: ClientConnection) -> None:
        self.client = client
        self._socket = socket

    def say(self, messages: list[dict[str, Any]]) -> None:
        """Send messages."""
        for message in messages:
            self._socket.send(json.dumps(message))

    def until(self, seen: Callable[[], bool]) -> None:
        """Hear the server until something is seen."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not seen():
            self.client.receive(str(self._socket.recv(timeout=deadline - time.monotonic())))

    def watch(self, path: str, **args: Any) -> int:
        """Subscribe to a query and wait for its first result; return its number."""
        number, messages = self.client.subscribe(path, args)
        self.say(messages)
        self.until(lambda: number in self.client.results)
        return number

    def mutate(self, path: str, **args: Any) -> Any:
        """Return the value of a mutation that must succeed, once its effects are shown."""
        number, messages = self.client.mutate(path, args)
        self.say(messages)
        self.until(lambda: number in self.client.outcomes)
        outcome = self.client.outcomes[number]
        assert outcome["success"], outcome
        return outcome["result"]


@contextmanager
def dialled(client: SyncClient, url: str, **options: Any) -> Iterator[Line]:
    """Connect a client to a server, given as http or https address; `options` go to the connection."""
    address = f"ws{url.removeprefix('http')}/api/sync"
    with connect(address, max_size=MAX, open_timeout=OPEN_SECONDS, **options) as socket:
        line = Line(client, socket)
        line.say(client.connect())
        yield line
