"""Write what this node has counted: a row a minute, patched every ten seconds.

Guarantees: a crash loses the counts of ten seconds at most, a normal stop none. While the database cannot be written, a
few minutes are kept and written later. A row names no caller once its minute is over.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from connvo.rules.monitoring.objectives import events_of
from connvo.store.engine import Engine, StoreError
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction

from .node import Node
from .recorder import Window
from .tables import Gauges, MetricWindow, ObjectiveWindow

log = structlog.get_logger()
PERIOD_SECONDS = 10.0
MS = 1000.0
# Minutes that wait for a database that cannot be written. Older ones are lost: their hour has been merged by then.
MAX_WAITING = 5


class WindowWriter:
    """The rows of this node. `node_id` is that of its lease; the first one names its rows until it stops."""

    def __init__(
        self, engine: Engine, node: Node, node_id: Callable[[], str | None], now_ms: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._node = node
        self._node_id = node_id
        self._now_ms = now_ms
        self._id: str | None = None
        self._waiting: deque[Window] = deque(maxlen=MAX_WAITING)
        self._heard_until = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to write."""
        self._task = asyncio.create_task(self._keep(), name="measurements")

    async def stop(self) -> None:
        """Write the rest and stop."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        with suppress(StoreError):
            await self.write(stopping=True)

    async def write(self, stopping: bool = False) -> None:
        """Write the present minute, and those that wait; learn what callers did on the other nodes.

        A node that is stopping has no state any more: its last row has no gauges.

        Raises:
            StoreError: The database cannot be written.
        """
        gauges = None if stopping else self._gauges()
        window, is_over = self._node.recorder.take()
        allowance = self._node.allowance
        busy = {} if allowance is None else allowance.take_busy()
        self._id = self._id or self._node_id()
        if is_over:
            self._waiting.append(window)
            window, _ = self._node.recorder.take()
        if self._id is None:
            return
        id, waiting = self._id, list(self._waiting)

        def work(db: Transaction) -> None:
            for over in waiting:
                _store(db, id, over, gauges, {})
            _store(db, id, window, gauges, busy)

        await self._engine.write(work)
        for _ in waiting:
            self._waiting.popleft()
        if allowance is not None:
            # Apart from the write: all nodes write at the same time, and would wait for each other's rows.
            self._heard_until, elsewhere = await self._engine.read(lambda db: self._heard(db, id))
            allowance.charge_elsewhere(elsewhere)

    def _gauges(self) -> Gauges:
        load = self._node.load
        return Gauges(
            lag_ms=round(load.lag_seconds * MS, 3),
            queued=load.queued,
            memory=round(load.memory, 4),
            files=round(load.files, 4),
            cpu=round(load.cpu, 4),
            connections=load.connections,
            live_queries=self._node.live_queries,
            version=self._node.version,
        )

    def _heard(self, db: Snapshot, id: str) -> tuple[float, dict[str, float]]:
        """Return the busy callers of other nodes, in rows that were written since the last time."""
        elsewhere: dict[str, float] = {}
        since = self._now_ms() - 2 * PERIOD_SECONDS * MS
        newest = self._heard_until
        for row in db.scan(ObjectiveWindow, "by_span", "minute", since=since - 60 * MS):
            if row.node == id or not max(since, self._heard_until) < row.written_at:
                continue
            newest = max(newest, row.written_at)
            for name, calls in row.busy.items():
                elsewhere[name] = elsewhere.get(name, 0.0) + calls
        return newest, elsewhere

    async def _keep(self) -> None:
        while True:
            # Nodes write at the same tens of seconds, so a row ends with its minute.
            await asyncio.sleep(PERIOD_SECONDS - self._now_ms() / MS % PERIOD_SECONDS)
            try:
                await self.write()
            except StoreError as error:
                log.warning("measurements_not_written", reason=error.message)
            except Exception as error:
                log.error("measurements_failed", exc_info=error)


def _store(db: Transaction, node: str, window: Window, gauges: Gauges | None, busy: dict[str, float]) -> None:
    counts: dict[str, Any] = {"functions": window.functions, "updates": window.updates, "samples": window.samples}
    counts |= {"requests": window.requests, "request_bytes": window.request_bytes, "refused": window.refused}
    held = db.first(MetricWindow, "by_node", node, "minute", window.start)
    if held is None:
        row = MetricWindow(node=node, span="minute", start=window.start, written_at=db.now, gauges=gauges, **counts)
        db.insert(row)
    else:
        db.patch(held, written_at=db.now, gauges=gauges, **counts)
    found = events_of(window.functions.values(), window.updates)
    events: dict[str, tuple[int, int]] = {name: (one.total, one.bad) for name, one in found.items()}
    light = db.first(ObjectiveWindow, "by_node", node, "minute", window.start)
    if light is None:
        db.insert(
            ObjectiveWindow(node=node, span="minute", start=window.start, written_at=db.now, events=events, busy=busy)
        )
    else:
        db.patch(light, written_at=db.now, events=events, busy=busy)
