"""Note that sign-ins are seen: when a token comes for the first time, and about once an hour after that.

Guarantees: no call waits for it or fails by it, and memory stays bounded. Does not know what is stored of a sign-in.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog

from ..kernel.identity import Identity
from ..telemetry import describe

log = structlog.get_logger()

PAUSE_SECONDS = 3600.0
MAX_REMEMBERED = 10_000
MAX_AT_ONCE = 100


class SessionNotes:
    """Hands identities to `note`, each sign-in at most once an hour."""

    def __init__(
        self, note: Callable[[Identity], Awaitable[None]], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._note = note
        self._monotonic = monotonic
        self._next: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()

    def saw(self, identity: Identity) -> None:
        """Take note of a token that holds; must be called on the event loop."""
        key, now = (identity.token_identifier, identity.session), self._monotonic()
        if now < self._next.get(key, now) or len(self._running) >= MAX_AT_ONCE:
            return
        self._next[key] = now + PAUSE_SECONDS
        self._next.move_to_end(key)
        if len(self._next) > MAX_REMEMBERED:
            self._next.popitem(last=False)
        task = asyncio.create_task(self._store(identity), name="session-note")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Wait for what is on its way."""
        while self._running:
            await asyncio.gather(*self._running)

    async def _store(self, identity: Identity) -> None:
        try:
            await self._note(identity)
        except Exception as error:
            log.warning("session_not_noted", **describe(error))
