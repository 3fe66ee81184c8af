"""The members whose sockets this process holds, registered in the database under its lease.

Guarantees: writes only when a member's first socket on this node opens, or the last one closes. Changes that could not
be written are retried with the next renewal of the lease.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from itertools import islice
from typing import NamedTuple, Protocol

import structlog

from connvo.runtime.function import Function
from connvo.store.engine import StoreError
from connvo.store.transaction import Transaction

from .heartbeat_throttle import Pair

log = structlog.get_logger()
BATCH = 100


class SocketFunctions(NamedTuple):
    """The mutations of the tree that store presence.

    `heartbeat(meeting, member)` stores a heartbeat. `register_sockets(node, came, went)` stores which members have a
    socket at a node, and which no longer have one. `expire_node(node, since)` closes some sockets of an ended node;
    returns whether there are more. `begin_listening()` restarts every grace period, as no client could be heard.
    """

    heartbeat: Function[..., object]
    register_sockets: Function[..., object]
    expire_node: Function[..., object]
    begin_listening: Function[..., object]


class Perform(Protocol):
    """Run a function of the tree inside a transaction, for the server itself."""

    def __call__(self, function: Function[..., object], db: Transaction, **arguments: object) -> object:
        """Return the result of the function."""
        ...


class Lease(Protocol):
    """The lease under which sockets are registered."""

    @property
    def node(self) -> str | None:
        """The id of this node; None while it has no lease."""
        ...

    @property
    def lock(self) -> asyncio.Lock:
        """The lock that is held while the lease is used or changed."""
        ...

    async def write(self, work: Callable[[Transaction, str], None]) -> bool:
        """Run work in a transaction that holds the lease; return False when it has expired and a new one is taken."""
        ...


class SocketRegistry:
    """The sockets of this process by member. Without `functions` nothing is written."""

    def __init__(self, functions: SocketFunctions | None, perform: Perform) -> None:
        self._functions = functions
        self._perform = perform
        self._lease: Lease | None = None
        self._open: Counter[Pair] = Counter()
        self._registered: set[Pair] = set()
        self._changed: set[Pair] = set()
        self._task: asyncio.Task[None] | None = None

    def serve_under(self, lease: Lease) -> None:
        """Register sockets under a lease."""
        self._lease = lease

    def hold(self, pairs: Collection[Pair]) -> None:
        """Count one more socket of each member."""
        self._open.update(pairs)
        self._change(pairs)

    def release(self, pairs: Collection[Pair]) -> None:
        """Count one socket less of each member."""
        self._open.subtract(pairs)
        for pair in pairs:
            if self._open[pair] <= 0:
                del self._open[pair]
        self._change(pairs)

    async def settle(self) -> None:
        """Wait until pending changes are written, or have failed."""
        while self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    def register_soon(self) -> None:
        """Write pending changes in the background, if there is a lease."""
        lease, functions = self._lease, self._functions
        if self._changed and self._task is None and lease is not None and lease.node is not None and functions:
            self._task = asyncio.create_task(self._register_all(lease, functions), name="socket registration")

    def on_new_lease(self) -> None:
        """Mark every socket as not registered: none is under the new lease."""
        self._registered.clear()
        self._changed = set(self._open)

    def begin_listening(self, db: Transaction) -> None:
        """Restart every grace period: no node could hear a client until now."""
        if self._functions is not None:
            self._perform(self._functions.begin_listening, db)

    def expire_node(self, db: Transaction, node: str, since: float) -> bool:
        """Close some sockets of an ended node as of a time in epoch milliseconds; return whether there are more."""
        if self._functions is None:
            return False
        return bool(self._perform(self._functions.expire_node, db, node=node, since=since))

    def _change(self, pairs: Collection[Pair]) -> None:
        self._changed.update(pairs)
        self.register_soon()

    async def _register_all(self, lease: Lease, functions: SocketFunctions) -> None:
        try:
            while self._changed:
                async with lease.lock:
                    await self._register_some(lease, functions)
        except StoreError as error:
            log.warning("presence_not_written", reason=error.message)
        except Exception as error:
            log.error("presence_failed", exc_info=error)
        finally:
            self._task = None

    async def _register_some(self, lease: Lease, functions: SocketFunctions) -> None:
        """Write a batch of changes. On failure they stay pending."""
        batch = list(islice(self._changed, BATCH))
        came = [pair for pair in batch if pair in self._open and pair not in self._registered]
        went = [pair for pair in batch if pair not in self._open and pair in self._registered]
        self._changed.difference_update(batch)
        if not came and not went:
            return

        def work(db: Transaction, node: str) -> None:
            self._perform(functions.register_sockets, db, node=node, came=came, went=went)

        try:
            held = await lease.write(work)
        except BaseException:
            self._changed.update(batch)
            raise
        if held:
            self._registered.update(came)
            self._registered.difference_update(went)
