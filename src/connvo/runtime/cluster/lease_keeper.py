"""What this process vouches for: a lease of its own, and the people whose sockets it holds.

Writes only when something changes: a member's first socket here comes, the last one goes. While the lease is renewed
those people are there. A process that dies leaves a lease that moves no more; the others end it, and what it vouched
for is treated as its sockets' closing, at the time when it was last heard of. Who finds the own lease ended begins a
new one and vouches anew.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from itertools import islice
from time import monotonic
from typing import Any, NamedTuple

import structlog

from connvo.runtime.function import Function
from connvo.settings import NodeSettings
from connvo.store.engine import Engine, StoreError
from connvo.store.transaction import Transaction

from .heartbeat_throttle import Pair
from .node_leases import DeadNode, FailureDetector, Renewal, end, enter, holds, leave, renew

log = structlog.get_logger()
BATCH = 100
RETRY_SECONDS = 1.0


class SocketFunctions(NamedTuple):
    """The functions of the tree that presence calls.

    `sighted(meeting, member)`: a call was a sign of life. `vouch(node, came, went)`: who has a socket there, and who no
    more. `forsake(node, since)`: clears a piece of what an ended node vouched for; returns whether there is more.
    `begin_listening()`: nobody could be heard until now.
    """

    heartbeat: Function[..., Any]
    register_sockets: Function[..., Any]
    expire_node: Function[..., Any]
    begin_listening: Function[..., Any]


Perform = Callable[..., Any]


class LeaseKeeper:
    """The lease of this process and what hangs on it. `perform(function, db, **arguments)` runs one in a transaction.

    `buried` is called when dead nodes have been cleared away.
    """

    def __init__(
        self,
        engine: Engine,
        settings: NodeSettings,
        functions: SocketFunctions | None,
        perform: Perform,
        buried: Callable[[], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._functions = functions
        self._perform = perform
        self._buried = buried
        self._lookout = FailureDetector(settings.missed_renewals)
        self._lease_seconds = settings.renew_seconds * settings.missed_renewals
        self._wanted: Counter[Pair] = Counter()
        self._written: set[Pair] = set()
        self._changed: set[Pair] = set()
        self._turn = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._renewed = float("-inf")
        self.node: str | None = None

    @property
    def leads(self) -> bool:
        """Return whether this process may act for the database: its lease is fresh."""
        return monotonic() - self._renewed < self._lease_seconds

    async def join(self) -> None:
        """Begin a lease.

        Raises:
            StoreError: The database cannot be used.
        """
        async with self._turn:
            await self._renew()

    def start(self) -> None:
        """Begin to renew the lease and to look after the others."""
        self._task = asyncio.create_task(self._keep(), name="lease")

    async def leave(self) -> None:
        """End the lease: others need not wait to see it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.settle()
        if self.node is None:
            return
        try:
            await self._clear(self.node)
        except StoreError as error:
            log.warning("lease_not_ended", reason=error.message)
        self.node = None

    async def renew(self) -> None:
        """Renew the lease, clear away what nodes that have died left behind, and write what could not be written.

        Raises:
            StoreError: The database cannot be used.
        """
        async with self._turn:
            dead = await self._renew()
        for node in dead:
            log.warning("node_died", node=node.id)
            await self._clear(node.id, node.renewals, node.since)
        if dead:
            await self._buried()
        self._write_soon()

    def hold(self, pairs: Collection[Pair]) -> None:
        """Take people who have one socket more."""
        self._wanted.update(pairs)
        self._change(pairs)

    def release(self, pairs: Collection[Pair]) -> None:
        """Take people who have one socket less."""
        self._wanted.subtract(pairs)
        for pair in pairs:
            if self._wanted[pair] <= 0:
                del self._wanted[pair]
        self._change(pairs)

    async def settle(self) -> None:
        """Wait until what has changed is written, or cannot be."""
        while self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            pause = self._settings.renew_seconds
            try:
                await self.renew()
            except StoreError as error:
                log.warning("lease_not_renewed", reason=error.message)
                pause = min(pause, RETRY_SECONDS)
            except Exception as error:
                log.error("lease_failed", exc_info=error)
            await asyncio.sleep(pause)

    async def _renew(self) -> list[DeadNode]:
        """Renew the lease or begin one; return which other nodes are dead."""
        began = monotonic()
        renewal, now_ms = (await self._engine.write(self._renewing)).value
        if not renewal.held:
            await self._begin()
        self._renewed = began
        return self._lookout.observe(renewal.renewals, now_ms)

    def _renewing(self, db: Transaction) -> tuple[Renewal, float]:
        renewal = renew(db, self.node, self._lease_seconds)
        if renewal.unheard and self._functions is not None:
            self._perform(self._functions.begin_listening, db)
        return renewal, db.now

    async def _begin(self) -> None:
        if self.node is not None:
            log.warning("lease_lost", node=self.node)
        self.node = (await self._engine.write(enter)).value.id
        self._written.clear()
        self._changed = set(self._wanted)
        log.debug("lease_begun", node=self.node)

    async def _clear(self, node: str, renewals: int | None = None, since: float | None = None) -> None:
        """Clear what a node vouched for, piece by piece, and at last its lease; several may do so at once."""

        def work(db: Transaction) -> bool:
            ended = end(db, node, renewals, since)
            if ended is None:
                return False
            if self._functions is not None and self._perform(self._functions.expire_node, db, node=node, since=ended):
                return True
            leave(db, node)
            return False

        while (await self._engine.write(work)).value:
            pass

    def _change(self, pairs: Collection[Pair]) -> None:
        self._changed.update(pairs)
        self._write_soon()

    def _write_soon(self) -> None:
        if self._changed and self._writing is None and self.node is not None and self._functions is not None:
            self._writing = asyncio.create_task(self._write(), name="vouching")

    async def _write(self) -> None:
        try:
            while self._changed:
                async with self._turn:
                    await self._write_some()
        except StoreError as error:
            log.warning("presence_not_written", reason=error.message)
        except Exception as error:
            log.error("presence_failed", exc_info=error)
        finally:
            self._writing = None

    async def _write_some(self) -> None:
        """Write a batch of what has changed; what cannot be written is tried again with the next renewal."""
        batch = list(islice(self._changed, BATCH))
        came = [pair for pair in batch if pair in self._wanted and pair not in self._written]
        went = [pair for pair in batch if pair not in self._wanted and pair in self._written]
        self._changed.difference_update(batch)
        if not came and not went:
            return
        node, functions = self.node, self._functions

        def work(db: Transaction) -> bool:
            if node is None or functions is None or not holds(db, node):
                return False
            self._perform(functions.register_sockets, db, node=node, came=came, went=went)
            return True

        try:
            held = (await self._engine.write(work)).value
        except BaseException:
            self._changed.update(batch)
            raise
        if held:
            self._written.update(came)
            self._written.difference_update(went)
        else:
            await self._begin()
