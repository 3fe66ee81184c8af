"""The keep-alive of one connection: pings when it is quiet, the end of unused ones, and heartbeats of its members.

Does not know: messages, queries and identities.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

from connvo.runtime.cluster.heartbeat_throttle import Pair
from connvo.settings import SyncSettings

from . import close_codes
from .close_codes import Closed
from .messages import PING
from .outbox import Outbox
from .session import SyncSession


class HeartbeatCounts(Protocol):
    """The node's count of sockets for each member of a meeting."""

    def hold(self, pairs: Collection[Pair]) -> None:
        """Count one socket more for these members."""
        ...

    def release(self, pairs: Collection[Pair]) -> None:
        """Count one socket less for these members."""
        ...


class MemberSockets:
    """The members that this connection is registered for at its node."""

    def __init__(self, counts: HeartbeatCounts) -> None:
        self._counts = counts
        self._registered: set[Pair] = set()

    def add(self, pairs: Collection[Pair]) -> None:
        """Register further members."""
        self.set(self._registered.union(pairs))

    def set(self, pairs: set[Pair]) -> None:
        """Register these members, and release all others."""
        added, removed, self._registered = pairs - self._registered, self._registered - pairs, pairs
        if added:
            self._counts.hold(added)
        if removed:
            self._counts.release(removed)


class KeepAlive:
    """The timer of one connection.

    `on_tick` runs before each check. `wake` makes the worker flush its outbox, `end` ends the connection.
    """

    def __init__(
        self,
        settings: SyncSettings,
        session: SyncSession,
        outbox: Outbox,
        on_tick: Callable[[], None],
        wake: Callable[[], None],
        end: Callable[[Closed], None],
    ) -> None:
        self._settings = settings
        self._session = session
        self._outbox = outbox
        self._on_tick = on_tick
        self._wake = wake
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the timer."""
        self._timer = self._loop.call_later(self._settings.ping_seconds, self._tick)

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        """Send a ping if the connection is quiet; end it if the client has sent no Connect in time."""
        self._on_tick()
        connected = self._session.connected
        limit = self._settings.ping_seconds if connected else self._settings.handshake_timeout_seconds
        quiet = self._loop.time() - self._outbox.last_sent_at
        if quiet >= limit:
            if not connected:
                self._end(Closed(close_codes.NORMAL, close_codes.NO_CONNECT))
            elif not self._outbox.busy:
                self._outbox.put(PING)
                self._wake()
            quiet = 0.0
        self._timer = self._loop.call_later(limit - quiet, self._tick)
