"""The lease of this process among the nodes that serve one database.

Guarantees: while the lease is renewed, the sockets registered under it count as open. A process that dies leaves a
lease that is no longer renewed; the other nodes end it, and close its sockets as of its last renewal. A node whose
lease expired takes a new one and registers its sockets again.
Does not know: which sockets there are.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol

import structlog

from connvo.settings import NodeSettings
from connvo.store.engine import Engine, StoreError
from connvo.store.transaction import Transaction

from .node_leases import DeadNode, FailureDetector, Renewal, end, holds, register, renew, unregister

log = structlog.get_logger()
RETRY_SECONDS = 1.0


class LeasedSockets(Protocol):
    """The sockets that are registered under leases."""

    def begin_listening(self, db: Transaction) -> None:
        """Restart every grace period: no node could hear a client until now."""
        ...

    def expire_node(self, db: Transaction, node: str, since: float) -> bool:
        """Close some sockets of an ended node as of a time in epoch milliseconds; return whether there are more."""
        ...

    def on_new_lease(self) -> None:
        """Mark every socket of this process as not registered."""
        ...

    def register_soon(self) -> None:
        """Write pending changes in the background."""
        ...

    async def settle(self) -> None:
        """Wait until pending changes are written, or have failed."""
        ...


class LeaseKeeper:
    """The lease of this process, its renewal, and the cleanup after nodes that died.

    `on_cleared` is called when dead nodes have been cleared away.
    """

    def __init__(
        self,
        engine: Engine,
        settings: NodeSettings,
        sockets: LeasedSockets,
        on_cleared: Callable[[], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._renew_seconds = settings.renew_seconds
        self._lease_seconds = settings.renew_seconds * settings.missed_renewals
        self._sockets = sockets
        self._on_cleared = on_cleared
        self._failures = FailureDetector(settings.missed_renewals)
        self._task: asyncio.Task[None] | None = None
        self._renewed = float("-inf")
        self.lock = asyncio.Lock()
        self.node: str | None = None

    @property
    def leads(self) -> bool:
        """Whether this process may act for the database: its lease is fresh."""
        return monotonic() - self._renewed < self._lease_seconds

    async def join(self) -> None:
        """Take a lease.

        Raises:
            StoreError: The database cannot be used.
        """
        async with self.lock:
            await self._renew()

    def start(self) -> None:
        """Start to renew the lease and to watch the other nodes."""
        self._task = asyncio.create_task(self._keep(), name="lease")

    async def leave(self) -> None:
        """End the lease, so that other nodes need not wait for its expiry."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._sockets.settle()
        if self.node is None:
            return
        try:
            await self._clear(self.node)
        except StoreError as error:
            log.warning("lease_not_ended", reason=error.message)
        self.node = None

    async def renew(self) -> None:
        """Renew the lease, clear away dead nodes, and retry the registrations that failed.

        Raises:
            StoreError: The database cannot be used.
        """
        async with self.lock:
            dead = await self._renew()
        for node in dead:
            log.warning("node_died", node=node.id)
            await self._clear(node.id, node.renewals, node.since)
        if dead:
            await self._on_cleared()
        self._sockets.register_soon()

    async def write(self, work: Callable[[Transaction, str], None]) -> bool:
        """Run `work(db, node)` in a transaction that holds the lease; the caller holds `lock`.

        Return False when the lease has expired: then nothing is written, and this process has a new lease.

        Raises:
            StoreError: The database cannot be used.
        """
        node = self.node

        def if_held(db: Transaction) -> bool:
            if node is None or not holds(db, node):
                return False
            work(db, node)
            return True

        held = (await self._engine.write(if_held)).value
        if not held:
            await self._take_lease()
        return held

    async def _keep(self) -> None:
        while True:
            pause = self._renew_seconds
            try:
                await self.renew()
            except StoreError as error:
                log.warning("lease_not_renewed", reason=error.message)
                pause = min(pause, RETRY_SECONDS)
            except Exception as error:
                log.error("lease_failed", exc_info=error)
            await asyncio.sleep(pause)

    async def _renew(self) -> list[DeadNode]:
        """Renew the lease or take one; return the other nodes that are dead."""
        began = monotonic()
        renewal, now_ms = (await self._engine.write(self._renew_in)).value
        if not renewal.held:
            await self._take_lease()
        self._renewed = began
        return self._failures.observe(renewal.renewals, now_ms)

    def _renew_in(self, db: Transaction) -> tuple[Renewal, float]:
        renewal = renew(db, self.node, self._lease_seconds)
        if renewal.unheard:
            self._sockets.begin_listening(db)
        return renewal, db.now

    async def _take_lease(self) -> None:
        if self.node is not None:
            log.warning("lease_lost", node=self.node)
        self.node = (await self._engine.write(register)).value.id
        self._sockets.on_new_lease()
        log.debug("lease_begun", node=self.node)

    async def _clear(self, node: str, renewals: int | None = None, since: float | None = None) -> None:
        """End a node's lease, close its sockets in pieces, and drop the lease. Several nodes may do so at once."""

        def work(db: Transaction) -> bool:
            ended = end(db, node, renewals, since)
            if ended is None:
                return False
            if self._sockets.expire_node(db, node, ended):
                return True
            unregister(db, node)
            return False

        while (await self._engine.write(work)).value:
            pass
