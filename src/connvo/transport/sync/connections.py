"""The sync connections of this process, from upgrade to close, and their shutdown.

Does not know: the meaning of the texts that it passes on; see `worker`.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from functools import partial
from itertools import count
from random import uniform
from typing import Any, TypeAlias

from connvo.runtime.origins import agent_of
from connvo.runtime.services import Runtime
from connvo.transport.addresses import DIRECT, UNKNOWN, ClientAddresses, network_of
from connvo.transport.admission import Admission
from connvo.transport.call_metrics import CallMetrics
from connvo.transport.connections import connection_of

from . import close_codes
from .client import Client, SlotHolder, SocketSlot
from .close_codes import ClientDisconnected, Closed
from .frame_limits import ReadLimits
from .message_parts import shortened
from .message_room import MessagePlace, message_room
from .messages import Malformed
from .services import Services
from .websocket_protocol import TEXTS_EXTENSION
from .websocket_reader import LIMITS_EXTENSION
from .worker import SyncWorker

Event: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = Event
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.")
FIRST_CHUNKING_VERSION = (1, 28)  # of the npm client, whose address contains its version
SPREAD_PER_CLIENT_SECONDS = 0.01
MAX_CLOSE_SECONDS = 5.0
MESSAGES_IN_TURN = 16


class Sockets:
    """All open sync connections of this process."""

    def __init__(
        self, runtime: Runtime, admission: Admission, call_metrics: CallMetrics, addresses: ClientAddresses = DIRECT
    ) -> None:
        self._settings = runtime.settings.sync
        self._addresses = addresses
        self._services = Services.of(runtime, call_metrics, admission, self._admit, self._spawn)
        self._room = message_room(self._settings.message_room_bytes, self._settings.max_message_bytes)
        self._open: set[SyncWorker] = set()
        self._slots: dict[SocketSlot, SlotHolder] = {}
        self._slot_of: dict[SlotHolder, SocketSlot] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._all_left = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection until it closes."""
        await receive()
        version = sync_version(scope["path"])
        if version is None or self._stopping:
            await send({"type": "websocket.close", "code": close_codes.NORMAL})
            return
        client = self._client(scope)
        await send({"type": "websocket.accept"})
        together = TEXTS_EXTENSION in scope.get("extensions", {})
        worker = SyncWorker(
            self._services, lambda texts: _send_texts(send, texts, together), client, takes_chunks(version)
        )
        client.connection.close = lambda: worker.end(Closed(close_codes.BUSY, close_codes.OVERLOADED))
        self._open.add(worker)
        reading = asyncio.create_task(_read(worker, receive), name="sync-read")
        try:
            closed = await worker.run()
            if closed is not None:
                await _send(send, {"type": "websocket.close", "code": closed.code, "reason": closed.reason})
        except ClientDisconnected:
            return
        finally:
            reading.cancel()
            self._forget(worker)

    def _client(self, scope: Scope) -> Client:
        peer = scope.get("client")
        headers = dict(scope.get("headers", ()))
        address = self._addresses.address(peer[0] if peer else None, headers)
        network = UNKNOWN if address is None else network_of(address)
        connection = connection_of(scope)
        connection.belong_to(network)
        client = Client(
            network,
            connection,
            self._settings,
            None if address is None else str(address),
            agent_of(headers.get(b"user-agent")),
        )
        client.limits.pays_for = partial(self._pays_for, client)
        client.limits.has_room = MessagePlace(self._room, lambda: client.key).hold
        set_limits = scope.get("extensions", {}).get(LIMITS_EXTENSION)
        if set_limits is not None:
            set_limits(client.limits)
        return client

    def _pays_for(self, client: Client, size: int) -> bool:
        return self._services.throttle.pays_for(client.network, client.identity, size)

    async def stop(self) -> None:
        """Disconnect all clients, spread over time; return once all have their answers and have left."""
        self._stopping = True
        spread = min(self._settings.shutdown_jitter_seconds, len(self._open) * SPREAD_PER_CLIENT_SECONDS)
        loop = asyncio.get_running_loop()
        for worker in self._open:
            loop.call_later(uniform(0.0, spread), worker.end, Closed(close_codes.RESTART, close_codes.STOPPING))
        if self._open:
            try:
                await asyncio.wait_for(self._all_left.wait(), spread + MAX_CLOSE_SECONDS)
            except TimeoutError:
                return

    async def _admit(self, worker: SlotHolder) -> None:
        """Give a worker the slot of its client, and wait for an earlier worker in it to end."""
        self._leave_slot(worker)
        slot = worker.client.slot
        earlier = self._slots.get(slot)
        self._slots[slot] = worker
        self._slot_of[worker] = slot
        if earlier is not None:
            await earlier.supersede()

    def _leave_slot(self, worker: SlotHolder) -> None:
        slot = self._slot_of.pop(worker, None)
        if slot is not None and self._slots.get(slot) is worker:
            del self._slots[slot]

    def _forget(self, worker: SyncWorker) -> None:
        self._open.discard(worker)
        self._leave_slot(worker)
        if self._stopping and not self._open:
            self._all_left.set()

    def _spawn(self, work: Coroutine[object, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def sync_version(path: str) -> str | None:
    """Return the version in `/api/{version}/sync`, "" for `/api/sync`, None for any other address."""
    match path.lstrip("/").split("/"):
        case ["api", "sync"]:
            return ""
        case ["api", version, "sync"]:
            return version
        case _:
            return None


def takes_chunks(version: str) -> bool:
    """Return whether a client of this version understands Transitions in chunks."""
    found = VERSION.match(version)
    return found is not None and (int(found[1]), int(found[2])) >= FIRST_CHUNKING_VERSION


async def _read(worker: SyncWorker, receive: Receive) -> None:
    """Pass on the client's messages until it disconnects or breaks the protocol, in turn with other connections."""
    for number in count(1):
        event = await receive()
        if event["type"] == "websocket.disconnect":
            worker.end(ClientDisconnected())
            return
        text = event.get("text")
        if text is None:
            await worker.inbox.put(Malformed("Messages must be text, not binary"))
            return
        limits = worker.client.limits
        if len(text) > limits.message_bytes and (text := _shortened(text, limits)) is None:
            worker.end(Closed(close_codes.TOO_BIG, close_codes.TOO_LONG))
            return
        await worker.inbox.put(text)
        if number % MESSAGES_IN_TURN == 0:
            await asyncio.sleep(0)


def _shortened(text: str, limits: ReadLimits) -> str | None:
    """Return a message above the limit without arguments that do not fit, where the server library has not done so."""
    if len(text) > limits.refused_bytes or not limits.pays_for(len(text)):
        return None
    short = shortened(text.encode(), limits.message_bytes)
    return None if short is None or len(short) > limits.message_bytes else short.decode()


async def _send_texts(send: Send, texts: list[bytes], together: bool) -> None:
    if together:
        await _send(send, {"type": "websocket.send", TEXTS_EXTENSION: texts})
        return
    for text in texts:
        await _send_text(send, text)


async def _send_text(send: Send, text: bytes) -> None:
    await _send(send, {"type": "websocket.send", "text": text.decode()})


async def _send(send: Send, event: Event) -> None:
    """Send an event.

    Raises:
        ClientDisconnected: The server reports a lost connection by OSError, or refuses events after its end.
    """
    try:
        await send(event)
    except (OSError, RuntimeError):
        raise ClientDisconnected from None
