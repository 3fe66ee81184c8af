"""The record of when sign-ins were last used: written at the first use of a token, then about once an hour.

Guarantees: no call waits for a write or fails with it. A write that failed, as before there is an account, is repeated
at a later call. Memory stays bounded.

Does not know: the data stored of a sign-in.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog

from connvo.kernel.identity import Identity
from connvo.telemetry.logging import describe

log = structlog.get_logger()

Key: TypeAlias = tuple[str, str, float | None]

PAUSE_SECONDS = 3600.0
# After a sign-in that was not stored.
RETRY_SECONDS = 1.0
MAX_REMEMBERED = 10_000
MAX_AT_ONCE = 100


class SessionNotes:
    """The throttle of `note`, which stores a sign-in and returns whether it did; at most once an hour for each."""

    def __init__(
        self, note: Callable[[Identity], Awaitable[bool]], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._note = note
        self._monotonic = monotonic
        self._next: OrderedDict[Key, float] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()

    def record(self, identity: Identity) -> None:
        """Record a call with a valid token; call it on the event loop."""
        key, now = _key_of(identity), self._monotonic()
        if now < self._next.get(key, now) or len(self._running) >= MAX_AT_ONCE:
            return
        self._next[key] = now + PAUSE_SECONDS
        self._next.move_to_end(key)
        if len(self._next) > MAX_REMEMBERED:
            self._next.popitem(last=False)
        task = asyncio.create_task(self._store(identity, key), name="session-note")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Wait for running writes."""
        while self._running:
            await asyncio.gather(*self._running)

    async def _store(self, identity: Identity, key: Key) -> None:
        stored = False
        try:
            stored = await self._note(identity)
        except Exception as error:
            log.warning("session_not_noted", **describe(error))
        if not stored and key in self._next:
            self._next[key] = self._monotonic() + RETRY_SECONDS


def _key_of(identity: Identity) -> Key:
    """Return the key of a sign-in; an ended sign-in and the next one under the same name have different keys."""
    return identity.token_identifier, identity.session or identity.token, identity.authenticated_at
