"""The services around the functions of a database: executor, live queries, scheduler, lease and sockets.

Guarantees: they start and stop in an order in which each has what it needs.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec

from connvo.bus.base import Bus
from connvo.kernel import clock
from connvo.kernel.errors import FunctionError
from connvo.kernel.identity import Identity
from connvo.kernel.part_health import PartHealth
from connvo.kernel.values import InvalidValue
from connvo.settings import Settings
from connvo.store.engine import Engine, StoreError
from connvo.telemetry.instruments import Measured, discard_measurements

from .cluster.lease_keeper import LeaseKeeper
from .cluster.socket_registry import SocketFunctions, SocketRegistry
from .executor import Executor, is_urgent
from .function import Function, Query, SharedQuery
from .jobs.scheduler import Scheduler
from .live.log_follower import LogFollower
from .live.pacing import Pacing
from .live.queries import LiveQueries
from .live.query_budget import LiveQueryBudget
from .live.query_runner import QueryRunner
from .live.requests import GuardRun, QueryRequest
from .live.subscriptions import Subscriptions
from .measuring.load import LoadMonitor
from .measuring.node import Node
from .measuring.recorder import CallRecorder
from .measuring.window_writer import WindowWriter
from .origins import Origin
from .registry import RegisteredFunction, Registry

# A client may move the clock of the database this far beyond the clock of the machine at most.
MAX_AHEAD_NS = 5 * 1_000_000_000
# A batch has an owner of its own, so that its end does not release the account's snapshot of the same timestamp.
BATCH_OWNER = "batch|"


class Runtime:
    """The functions of a registry on a database, with everything that runs beside the calls.

    `run`, `begin`, `call` and `record_heartbeats` are those of its executor.
    """

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        settings: Settings,
        now_ns: Callable[[], int] | None = None,
        presence: SocketFunctions | None = None,
        measured: Measured = discard_measurements,
        bus: Bus | None = None,
        note_events: Function[..., object] | None = None,
    ) -> None:
        self.registry = registry
        self.engine = engine
        self.settings = settings
        self._now_ns = now_ns or engine.now_ns
        self.subscriptions = Subscriptions()
        self.tail = LogFollower(engine, self.subscriptions, settings.store.poll_seconds, bus)
        self.query_budget = LiveQueryBudget(settings.sync)
        pacing = Pacing(settings.sync.crowd, settings.sync.pace_seconds)
        kinds = {entry.path: entry.kind for entry in registry.functions() if not entry.internal}
        recorder = CallRecorder(kinds, self.now_ms)
        monitor = LoadMonitor(engine.queued, settings.limits.queued_mutations, settings.overload.watched)
        self.node = Node(recorder, monitor, self.query_budget)
        runner = QueryRunner(registry, engine, settings, self.now_ms, self.node)
        self.live = LiveQueries(engine, self.tail, self.subscriptions, runner.answer, pacing, recorder.ran)
        heartbeat = presence and presence.heartbeat
        self.executor = Executor(
            registry, engine, settings, self.now_ms, self.live.turns, heartbeat, measured, self.node, note_events
        )
        self.urgent = frozenset(entry.path for entry in registry.functions() if is_urgent(entry))
        self.run = self.executor.run
        self.begin = self.executor.begin
        self.call = self.executor.call
        self.record_heartbeats = self.executor.record_heartbeats
        run_action = self.executor.run_scheduled_action
        self.scheduler = Scheduler(registry, engine, settings, self.now_ms, run_action, measured)
        self.presence = SocketRegistry(presence, self.scheduler.perform)
        self.lease = LeaseKeeper(engine, settings.node, self.presence, self.scheduler.close_crashed)
        self.presence.serve_under(self.lease)
        self.scheduler.serve_under(self.lease)
        self.measurements = WindowWriter(engine, self.node, lambda: self.lease.node, self.now_ms)

    async def start(self, run_jobs: bool = True) -> None:
        """Join the nodes of the database, prepare the jobs and, unless told otherwise, start running them."""
        await self.lease.join()
        await self.scheduler.prepare()
        await self.tail.start()
        if run_jobs:
            self.lease.start()
            self.scheduler.start()
            self.node.monitor.start()
            self.measurements.start()

    async def stop(self) -> None:
        """Wait for running calls, then leave the nodes of the database."""
        await self.scheduler.stop()
        await self.live.stop()
        await self.node.monitor.stop()
        await self.tail.stop()
        await self.settle()
        await self.executor.deferred_audit.close()
        await self.measurements.stop()
        await self.lease.leave()

    async def settle(self) -> None:
        """Wait for the background work of calls: refreshes, heartbeats and sockets that are not written yet."""
        await self.live.settle()
        await self.executor.background.settle()
        await self.presence.settle()

    def now_ms(self) -> float:
        """Return the time that functions see, in epoch milliseconds."""
        return self._now_ns() / clock.NS_PER_MS

    def query_request(self, path: str, text: bytes, identity: Identity | None, journal: str | None) -> QueryRequest:
        """Return a live query in its canonical form, which all queries share that have the same answer.

        `path` is canonical and `text` the arguments' exact JSON, an object.
        """
        entry = self.registry.find(path)
        if entry is None or entry.kind != "query":
            return QueryRequest(path, text, identity, journal)
        text = entry.signature.canonical(text)
        journal = journal if entry.signature.paged else None
        guard = _guard_of(entry, text, identity)
        return QueryRequest(path, text, identity, journal, guard, entry.function.paced)

    def note_watch(self, request: QueryRequest, origin: Callable[[], Origin]) -> None:
        """Hold for the audit trail that an operator begins a live query, if reads by it are audited."""
        entry, identity = self.registry.find(request.path), request.identity
        if entry is None or entry.internal or identity is None or not identity.operator:
            return
        if not isinstance(entry.function, Query) or entry.function.noted is None:
            return
        with suppress(FunctionError, InvalidValue, msgspec.MsgspecError):  # its run refuses such arguments
            filters, _ = entry.function.noted(entry.signature.parse(request.arguments), None)
            self.executor.deferred_audit.note_watch(entry, filters, identity, origin)

    async def latest_ts(self, identity: Identity | None) -> int:
        """Return the newest timestamp; for an account its snapshot stays readable for a while.

        Anonymous callers keep no snapshot. The official client asks for a timestamp without its token: the first query
        with a token on this timestamp keeps the snapshot.
        """
        if identity is None:
            return await self.engine.read(lambda db: db.timestamp)
        return await self.engine.pin(identity.token_identifier)

    @asynccontextmanager
    async def read_timestamp(self, identity: Identity | None) -> AsyncIterator[int]:
        """Give the newest timestamp for several queries in a row; release its snapshot afterwards."""
        if identity is None:
            yield await self.latest_ts(None)
            return
        owner = BATCH_OWNER + identity.token_identifier
        ts = await self.engine.pin(owner)
        try:
            yield ts
        finally:
            self.engine.unpin(ts, owner)

    async def advance_clock(self, ts: int) -> bool:
        """Advance the clock to a timestamp that a client has seen, as after a backup was restored.

        Return False, and leave the clock, for a timestamp that the database never reached and that lies in the future:
        a restored backup does not explain it. If the clock of this machine was ahead earlier, the database has reached
        the timestamps of that time.
        """
        if ts <= await self.engine.read(lambda db: db.timestamp):
            return True
        if ts > self._now_ns() + MAX_AHEAD_NS:
            return False
        await self.engine.advance_clock(ts)
        return True

    async def health(self) -> dict[str, PartHealth]:
        """Return the health of each part that the server needs."""
        try:
            await self.engine.read(lambda db: db.timestamp)
            database = PartHealth(True, "reads")
        except StoreError as error:
            database = PartHealth(False, error.message)
        leads = self.lease.leads
        lease = PartHealth(leads, "renewed" if leads else "not renewed: the database cannot be written")
        scheduler = PartHealth(self.scheduler.running, "running jobs")
        return {"database": database, "lease": lease, "scheduler": scheduler}


def _guard_of(entry: RegisteredFunction, text: bytes, identity: Identity | None) -> GuardRun | None:
    """Return the run of a shared query's guard; None for other queries, and where the arguments are refused."""
    function = entry.function
    if not isinstance(function, SharedQuery) or entry.internal:
        return None
    try:
        arguments = entry.signature.parse(text)
    except (FunctionError, InvalidValue, msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return GuardRun(function.guard.check, function.guard.values(arguments), identity)
