"""Runs one call: finds the function, converts its arguments, gives it its context, and tells what came of it.

A failure of the function is a value (`Outcome.error`), never an exception; only a request that cannot be served
now raises. What nobody foresaw is INTERNAL_ERROR with the request id, and its detail goes to the log alone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Set
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog

from connvo.bus.base import Bus
from connvo.kernel import clock
from connvo.kernel.errors import Invalid, LimitExceeded, RequestError, request_error
from connvo.kernel.identity import Identity
from connvo.kernel.names import canonical_path
from connvo.settings import Settings
from connvo.store.engine import SERVER, Committed, Engine, StoreBusy, StoreError
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import Measured, Measurement, discard_measurements

from . import past_reads
from .cluster.heartbeat_throttle import Heartbeats, Pair
from .cluster.lease_keeper import LeaseKeeper, SocketFunctions
from .context import ActionCtx, MutationCtx, OneSeed, QueryCtx
from .cursors import pages_of
from .function import Function, Kind
from .jobs.direct_scheduler import DirectScheduler
from .jobs.scheduler import Scheduler, TransactionScheduler
from .live.log_follower import LogFollower
from .live.queries import LiveQueries
from .live.query_budget import LiveQueryBudget
from .live.query_runner import QueryRunner
from .live.requests import QueryRequest
from .live.subscriptions import Subscriptions
from .outcome import Outcome, failed, measure
from .registry import RegisteredFunction, Registry
from .request_dedup import TRIM_EVERY, FirstRequests, RecordCounts, Request, find_record, store_record, trim_records
from .results import exact_json, to_values

log = structlog.get_logger()
HEARTBEAT_INTERVAL_MS = 10_000.0
STRANGERS = "strangers"
# Beyond what the database has reached, a client's word may move its clock by so much at most.
MAX_AHEAD_NS = 5 * 1_000_000_000
# A batch gives up its snapshot when it is done, and not the one that its account keeps at the same timestamp.
BATCH_OWNER = "batch|"

# Of a mutation: its value, whose signs of life it gives, its figures, and when it committed, if that was earlier.
Result = tuple[Any, set[Pair], list[Measurement], int | None]
Decode = Callable[[msgspec.Raw, str], dict[str, Any]]


class Runtime:
    """The functions of a registry on a database."""

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        settings: Settings,
        now_ns: Callable[[], int] | None = None,
        presence: SocketFunctions | None = None,
        measured: Measured = discard_measurements,
        bus: Bus | None = None,
    ) -> None:
        self.registry = registry
        self.engine = engine
        self.settings = settings
        self._now_ns = now_ns or engine.now_ns
        self._measured = measured
        self._sighted = presence and presence.heartbeat
        self._heartbeats = Heartbeats(self._write_heartbeat)
        self._background: set[asyncio.Task[None]] = set()
        self._first_requests = FirstRequests()
        self._receipt_counts = RecordCounts()
        self.subscriptions = Subscriptions()
        self.tail = LogFollower(engine, self.subscriptions, settings.store.poll_seconds, bus)
        answers = QueryRunner(registry, engine, settings, self.now_ms)
        self.query_budget = LiveQueryBudget(settings.sync)
        self.live = LiveQueries(engine, self.tail, self.subscriptions, answers.answer)
        self.scheduler = Scheduler(registry, engine, settings, self.now_ms, self._run_scheduled_action, measured)
        self.presence = LeaseKeeper(
            engine, settings.node, presence, self.scheduler.perform, self.scheduler.close_crashed
        )
        self.scheduler.serve_under(self.presence)

    async def start(self, run_jobs: bool = True) -> None:
        """Join the nodes of the database, prepares the jobs and, unless told otherwise, start running them."""
        await self.presence.join()
        await self.scheduler.prepare()
        await self.tail.start()
        if run_jobs:
            self.presence.start()
            self.scheduler.start()

    async def stop(self) -> None:
        """Let what runs end."""
        await self.scheduler.stop()
        await self.live.stop()
        await self.tail.stop()
        await self.settle()
        await self.presence.leave()

    def now_ms(self) -> float:
        """Return the time that functions see, in epoch milliseconds."""
        return self._now_ns() / clock.NS_PER_MS

    async def latest_ts(self, identity: Identity | None) -> int:
        """Return the newest timestamp; for an account its snapshot stays readable for a while.

        Strangers keep nothing open. The official client asks for a timestamp without its token: the first query that
        comes with one, on this timestamp, keeps the snapshot.
        """
        if identity is None:
            return await self.engine.read(lambda db: db.timestamp)
        return await self.engine.pin(identity.token_identifier)

    @asynccontextmanager
    async def read_timestamp(self, identity: Identity | None) -> AsyncIterator[int]:
        """Give the newest timestamp for several queries in a row, kept no longer than they take."""
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
        """Move the clock to a timestamp that a client has seen, as after a backup was restored.

        Return False, and leave the clock, for one that the database never reached and that lies in the future: a
        backup does not explain it. Where the clock of this machine was ahead, the database has reached what it gave
        out then.
        """
        if ts <= await self.engine.read(lambda db: db.timestamp):
            return True
        if ts > self._now_ns() + MAX_AHEAD_NS:
            return False
        await self.engine.advance_clock(ts)
        return True

    async def health(self) -> dict[str, tuple[bool, str]]:
        """Return each check as (passed, detail)."""
        try:
            await self.engine.read(lambda db: db.timestamp)
            database = (True, "reads")
        except StoreError as error:
            database = (False, error.message)
        lease = (True, "renewed") if self.presence.leads else (False, "not renewed: the database cannot be written")
        return {"database": database, "lease": lease, "scheduler": (self.scheduler.running, "running jobs")}

    async def run(
        self,
        path: str,
        args: object,
        identity: Identity | None,
        kind: Kind | None,
        request_id: str,
        at: int | None = None,
        size: int | None = None,
    ) -> Outcome:
        """Run a public function by its canonical path. `kind` None takes any.

        `at` is a query's snapshot. `size` is the number of bytes in which the arguments came; without it they are
        measured here.

        Raises:
            RequestError: The call is refused.
        """
        try:
            entry = self.registry.find_public(path, kind)
            self._check_size(path, measure(args) if size is None else size)
            value, ts = await self._invoke(entry, entry.signature.convert(args), identity, at, person_of(identity))
            return Outcome(value=to_values(value), ts=ts)
        except Exception as error:
            return failed(error, path, request_id)

    def begin(
        self, path: str, text: msgspec.Raw, identity: Identity | None, request: Request, decode: Decode
    ) -> "PendingMutation":
        """Hand a public mutation to the database, behind those handed over before.

        `path` may be spelled in any way, `text` are the arguments as they came; `decode` looks at them closely where
        that is needed. The mutation runs once, however often it is sent.
        """
        committed: asyncio.Future[Committed[Result]]
        try:
            path = canonical_path(path)
            self._check_size(path, len(memoryview(text)))
            entry = self.registry.find_public(path, "mutation")
            arguments = entry.signature.read(text)
            if arguments is None:
                arguments = entry.signature.convert(decode(text, path))
            committed = self.engine.begin(self._work(entry, arguments, identity, request), person_of(identity))
            if entry.function.recorded and self._receipt_counts.is_due(request.asker):
                self._spawn(self._trim_records(request.asker), "receipts")
        except Exception as error:
            committed = asyncio.get_running_loop().create_future()
            committed.set_exception(Invalid(error.message) if isinstance(error, RequestError) else error)
        if committed.done():
            request.note_fate(committed)
        else:
            committed.add_done_callback(request.note_fate)
        return PendingMutation(self, path, committed)

    def query_request(self, path: str, text: bytes, identity: Identity | None, journal: str | None) -> QueryRequest:
        """Return a question in the form that all have to which the function gives the same answer.

        `path` is canonical and `text` the arguments' exact JSON, an object.
        """
        entry = self.registry.find(path)
        if entry is not None and entry.kind == "query":
            text = entry.signature.canonical(text)
            journal = journal if entry.signature.paged else None
        return QueryRequest(path, text, identity, journal)

    async def call(self, function: Function[..., Any], identity: Identity | None = None, **kwargs: Any) -> Any:
        """Run a function of the tree for the server itself; return its Python result, raise its errors."""
        return (await self._invoke(self.registry.registered(function), kwargs, identity))[0]

    def _check_size(self, path: str, actual: int) -> None:
        limit = self.settings.limits.argument_bytes
        if actual > limit:
            message = f"Arguments for {path} are too large (actual: {actual} bytes, limit: {limit} bytes)"
            raise LimitExceeded(message, actual=actual, limit=limit)

    async def settle(self) -> None:
        """Wait for what calls left behind: refreshes, and signs of life on their way to the database."""
        await self.live.settle()
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)
        await self.presence.settle()

    async def _invoke(
        self,
        entry: RegisteredFunction,
        arguments: dict[str, Any],
        identity: Identity | None,
        at: int | None = None,
        person: str = SERVER,
    ) -> tuple[Any, int]:
        match entry.kind:
            case "query":
                return await self._query(entry, arguments, identity, at, person)
            case "mutation":
                return self.finish_mutation(
                    await self.engine.write(self._work(entry, arguments, identity, None), person)
                )
            case "action":
                return await self._action(entry, arguments, identity, person), 0

    async def _query(
        self,
        entry: RegisteredFunction,
        arguments: dict[str, Any],
        identity: Identity | None,
        at: int | None,
        person: str,
    ) -> tuple[Any, int]:
        if not self.engine.distant:
            await self.live.turns.join(person)  # it keeps the event loop to its end
        now = self.now_ms()

        def work(db: Snapshot) -> tuple[Any, int, set[Pair]]:
            db.pages = pages_of(self.engine.secret(), entry.path, arguments)
            ctx = QueryCtx(db, identity, now, self.settings)
            return entry.handler(ctx, **arguments), db.timestamp, ctx.signs_of_life

        value, ts, alive = await self.engine.read(work, at=at)
        if at is not None:

            def recheck(db: Snapshot, seen: Any) -> Any:
                return entry.function.recheck(QueryCtx(db, identity, now, self.settings), seen, **arguments)

            value = await past_reads.seen_now(self.engine, work, recheck, value, ts)
            await past_reads.keep(self.engine, at, ts, identity)
        self.record_heartbeats(alive)
        return value, ts

    def _work(
        self, entry: RegisteredFunction, arguments: dict[str, Any], identity: Identity | None, request: Request | None
    ) -> Callable[[Transaction], Result]:
        seed = OneSeed()
        recorded = entry.function.recorded
        fresh = request is not None and self._first_requests.take(request)
        again = False

        def work(db: Transaction) -> Result:
            nonlocal again
            held = None
            if request is not None:
                request.check_line()
                # What runs again may do so because the receipt was there.
                held = find_record(db, request) if recorded and (again or not fresh) else None
                again = True
            if request is not None and held is not None:
                if fresh:
                    self._first_requests.doubt(request)
                return msgspec.Raw(held.value.encode()), set(), [], held.ts
            db.pages = pages_of(self.engine.secret(), entry.path, arguments)
            ctx = MutationCtx(db, identity, db.now, self.settings, TransactionScheduler(db, self.registry), seed)
            value = entry.handler(ctx, **arguments)
            if request is not None:
                text = exact_json(value, entry.signature.simple)
                if recorded:
                    store_record(db, request, text)
                value = msgspec.Raw(text)
            return value, ctx.signs_of_life, ctx.measures, None

        return work

    def finish_mutation(self, committed: Committed[Result]) -> tuple[Any, int]:
        """Return the value and the timestamp of a mutation that is on disk, having noted what it left behind."""
        value, alive, measures, earlier = committed.value
        self.record_heartbeats(alive)
        if measures:
            self._measured(measures)
        return value, committed.ts if earlier is None else earlier

    async def _action(
        self, entry: RegisteredFunction, arguments: dict[str, Any], identity: Identity | None, person: str = SERVER
    ) -> Any:
        async def call(function: Function[..., Any], kwargs: dict[str, Any]) -> Any:
            return (await self._invoke(self.registry.registered(function), kwargs, identity, person=person))[0]

        ctx = ActionCtx(identity, self.settings, self.now_ms, call, DirectScheduler(self.engine, self.registry))
        limit = asyncio.timeout(self.settings.limits.action_seconds)
        try:
            async with limit:
                return await entry.handler(ctx, **arguments)
        except TimeoutError:
            if limit.expired():
                raise LimitExceeded("The action ran longer than one call may") from None
            raise

    async def _run_scheduled_action(self, entry: RegisteredFunction, arguments: dict[str, Any]) -> Any:
        return await self._action(entry, arguments, None)

    def record_heartbeats(self, alive: Set[Pair]) -> None:
        """Take signs of life, to be written in time."""
        if not alive or self._sighted is None:
            return
        due = self._heartbeats.due(alive, self.now_ms(), HEARTBEAT_INTERVAL_MS)
        if due:
            self._spawn(self._heartbeats.forward(due), "heartbeats")

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _trim_records(self, asker: str | None) -> None:
        keep = self.settings.limits.idempotency_records
        try:
            await self.engine.write(lambda db: trim_records(db, asker, keep, 2 * TRIM_EVERY))
        except Exception as error:
            log.warning("receipts_not_trimmed", exc_info=error)

    async def _write_heartbeat(self, meeting: str, member: str) -> None:
        if self._sighted is not None:
            entry = self.registry.registered(self._sighted)
            names = [argument.name for argument in entry.signature.arguments]
            try:
                await self._invoke(entry, dict(zip(names, (meeting, member), strict=True)), None)
            except Exception as error:
                log.warning("heartbeat_not_stored", exc_info=error)


class PendingMutation:
    """A mutation on its way; `committed` is done when it is on disk, or has failed."""

    __slots__ = ("committed", "path", "_runtime")

    def __init__(self, runtime: Runtime, path: str, committed: asyncio.Future[Committed[Result]]) -> None:
        self.committed = committed
        self._runtime = runtime
        self.path = path

    async def outcome(self, request_id: Callable[[], str]) -> Outcome:
        """Return what came of it. To be awaited once.

        Raises:
            RequestError: As `Runtime.run`.
        """
        try:
            value, ts = self._runtime.finish_mutation(await self.committed)
            return Outcome(value=value, ts=ts)
        except StoreBusy as error:
            return failed(error, self.path, request_id())
        except StoreError as error:
            # Sent before, it may have been carried out: to call it failed now could be untrue.
            log.error("store_failed", function=self.path, request_id=request_id(), reason=error.message)
            raise request_error("DatabaseUnavailable") from error
        except Exception as error:
            return failed(error, self.path, request_id())


def person_of(identity: Identity | None) -> str:
    """Return whose turn it is when a caller's mutation runs: one account's, or that of all strangers together."""
    return STRANGERS if identity is None else identity.token_identifier
