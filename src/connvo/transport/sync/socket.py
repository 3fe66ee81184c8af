"""The sync connections of this process: addresses, life from upgrade to close, and how all are told to leave.

Texts in and out are all that crosses here; what they mean is the worker's business.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from random import uniform
from typing import Any

from ...kernel.identity import Identity
from ...runtime.execute import Runtime
from ...settings import SyncSettings
from ..tally import Tally
from . import closing
from .closing import Closed, Gone
from .frames import TOGETHER
from .messages import Malformed, decode
from .requests import Requests
from .worker import Services, SyncWorker

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Verify = Callable[[str], Awaitable[Identity]]

VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.")
FIRST_CHUNKING_VERSION = (1, 28)  # of the npm client, which names its version in the address
SPREAD_PER_CLIENT_SECONDS = 0.01
LONGEST_GOODBYE_SECONDS = 5.0


class Sockets:
    """Every open sync connection of this process."""

    def __init__(self, runtime: Runtime, verify: Verify, settings: SyncSettings, tally: Tally) -> None:
        self._settings = settings
        self._services = Services(runtime, Requests(runtime, tally), verify, settings, self._admit, self._spawn)
        self._open: set[SyncWorker] = set()
        self._sessions: dict[str, SyncWorker] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._all_left = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection to its end."""
        await receive()
        version = sync_version(scope["path"])
        if version is None or self._stopping:
            await send({"type": "websocket.close", "code": closing.NORMAL})
            return
        await send({"type": "websocket.accept"})
        together = TOGETHER in scope.get("extensions", {})
        worker = SyncWorker(self._services, lambda texts: _send_texts(send, texts, together), takes_chunks(version))
        self._open.add(worker)
        reading = asyncio.create_task(_read(worker, receive), name="sync-read")
        try:
            closed = await worker.run()
            if closed is not None:
                await _send(send, {"type": "websocket.close", "code": closed.code, "reason": closed.reason})
        except Gone:
            return
        finally:
            reading.cancel()
            self._forget(worker)

    async def stop(self) -> None:
        """Tells every client to come back, not all at once; returns when all have had their answers and left."""
        self._stopping = True
        spread = min(self._settings.restart_spread, len(self._open) * SPREAD_PER_CLIENT_SECONDS)
        loop = asyncio.get_running_loop()
        for worker in self._open:
            loop.call_later(uniform(0.0, spread), worker.end, Closed(closing.RESTART, closing.STOPPING))
        if self._open:
            try:
                await asyncio.wait_for(self._all_left.wait(), spread + LONGEST_GOODBYE_SECONDS)
            except TimeoutError:
                return

    async def _admit(self, worker: SyncWorker, session: str) -> None:
        earlier = self._sessions.get(session)
        self._sessions[session] = worker
        if earlier is not None:
            await earlier.give_way()

    def _forget(self, worker: SyncWorker) -> None:
        self._open.discard(worker)
        if self._sessions.get(worker.client) is worker:
            del self._sessions[worker.client]
        if self._stopping and not self._open:
            self._all_left.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def sync_version(path: str) -> str | None:
    """Returns the version in `/api/{version}/sync`, "" for `/api/sync`, None for any other address."""
    match path.lstrip("/").split("/"):
        case ["api", "sync"]:
            return ""
        case ["api", version, "sync"]:
            return version
        case _:
            return None


def takes_chunks(version: str) -> bool:
    """Returns whether a client of this version puts Transitions together from chunks."""
    found = VERSION.match(version)
    return found is not None and (int(found[1]), int(found[2])) >= FIRST_CHUNKING_VERSION


async def _read(worker: SyncWorker, receive: Receive) -> None:
    """Hands over what the client says until it is gone or makes no sense."""
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            worker.end(Gone())
            return
        text = event.get("text")
        try:
            if text is None:
                raise Malformed("messages are text, not binary")
            message = decode(text)
        except Malformed as fault:
            await worker.inbox.put(fault, 0)
            return
        if message is not None:
            await worker.inbox.put(message, len(text))


async def _send_texts(send: Send, texts: list[bytes], together: bool) -> None:
    if together:
        await _send(send, {"type": "websocket.send", TOGETHER: texts})
        return
    for text in texts:
        await _send_text(send, text)


async def _send_text(send: Send, text: bytes) -> None:
    await _send(send, {"type": "websocket.send", "text": text.decode()})


async def _send(send: Send, event: MutableMapping[str, Any]) -> None:
    """Sends an event. Raises Gone; servers tell of a lost connection by OSError, or refuse what comes after its end."""
    try:
        await send(event)
    except (OSError, RuntimeError):
        raise Gone from None
