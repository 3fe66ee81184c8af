"""The execution of one call: find the function, convert its arguments, run it in its context.

Guarantees: a failure of the function is a value (`Outcome.error`), never an exception; only a request that cannot be
served now raises. Unexpected errors become INTERNAL_ERROR with the request id; their details go to the log alone.
Does not know: live queries, the scheduler's loop, other nodes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Set
from functools import partial
from time import perf_counter
from typing import Any

import msgspec
import structlog

from connvo.kernel.errors import (
    ConnvoError,
    Internal,
    Invalid,
    LimitExceeded,
    RequestError,
    ServiceUnavailable,
    request_error,
)
from connvo.kernel.identity import Identity
from connvo.kernel.names import canonical_path
from connvo.settings import Settings
from connvo.store.engine import SERVER, Committed, Engine, StoreBusy, StoreError
from connvo.store.snapshot import Snapshot
from connvo.telemetry.instruments import Measured
from connvo.telemetry.traces import CallSpan

from . import origins, past_reads
from .background_tasks import BackgroundTasks
from .call_request import CallRequest
from .cluster.heartbeat_throttle import HeartbeatThrottle, Pair
from .context import ActionCtx, QueryCtx
from .cursors import pages_of
from .deferred_audit import DeferredAudit, Noted
from .function import Action, Function, Query
from .jobs.direct_scheduler import DirectScheduler
from .live.time_shares import Turns
from .measuring.node import Node
from .mutations import MutationResult, MutationRunner
from .outcome import Outcome, failed, measure
from .registry import RegisteredFunction, Registry
from .request_dedup import TRIM_EVERY, RecordCounts, Request, trim_records
from .results import to_values

log = structlog.get_logger()
HEARTBEAT_INTERVAL_MS = 10_000.0
STRANGERS = "strangers"

OVERLOADED = "The server is overloaded; try again"

Decode = Callable[[msgspec.Raw, str], dict[str, object]]


class Overloaded(ServiceUnavailable):
    """An error for a call that was refused because this node is overloaded; `wait` in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(OVERLOADED, retryAfterSeconds=round(wait, 3))
        self.wait = wait


class Executor:
    """Runs the functions of a registry on a database.

    `turns` are those of everything that reads on the event loop. `heartbeat` is the mutation that stores the heartbeat
    of a member, if heartbeats are kept, `note_events` the one that stores audit events after their calls.
    """

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        settings: Settings,
        now_ms: Callable[[], float],
        turns: Turns,
        heartbeat: Function[..., object] | None,
        measured: Measured,
        node: Node,
        note_events: Function[..., object] | None = None,
    ) -> None:
        self._registry = registry
        self._engine = engine
        self._settings = settings
        self._now_ms = now_ms
        self._turns = turns
        self._heartbeats = None if heartbeat is None else HeartbeatThrottle(self._heartbeat_writer(heartbeat))
        self._measured = measured
        self._node = node
        self._record_counts = RecordCounts()
        self.mutations = MutationRunner(registry, engine, settings)
        self.background = BackgroundTasks()
        self.deferred_audit = DeferredAudit(self._event_writer(note_events))

    async def run(self, call: CallRequest) -> Outcome:
        """Run a public function.

        Raises:
            RequestError: The call cannot be served now, or its snapshot cannot be read.
        """
        path, identity, request_id = call.path, call.identity, call.request_id
        entry: RegisteredFunction | None = None
        try:
            entry = self._registry.find_public(path, call.kind)
            self._check_load(entry)
        except Overloaded as error:
            raise request_error("TooManyConcurrentRequests", retry_after=error.wait) from None
        except Exception as error:
            self.deferred_audit.note_refusal(entry, {}, identity, origins.current(), error)
            return failed(error, path, request_id)
        person, recorder, code = person_of(identity), self._node.recorder, None
        span = self._node.trace(path)
        arguments: dict[str, object] = {}
        started = perf_counter()
        recorder.began(path, person, call.size or 0)
        try:
            self._check_size(path, measure(call.args) if call.size is None else call.size)
            arguments = entry.signature.convert(call.args)
            with span.current():
                value, ts = await self._invoke(entry, arguments, identity, call.at, person)
            if isinstance(entry.function, Query) and identity is not None:
                self._note_read(entry.function, entry, arguments, value, identity)
            return Outcome(value=to_values(value), ts=ts)
        except Exception as error:
            code = code_of(error)
            self.deferred_audit.note_refusal(entry, arguments, identity, origins.current(), error)
            return failed(error, path, request_id)
        finally:
            recorder.ended(path, perf_counter() - started, code, request_id)
            span.end(code, request_id)

    def begin(
        self, path: str, text: msgspec.Raw, identity: Identity | None, request: Request, decode: Decode
    ) -> "PendingMutation":
        """Hand a public mutation to the database, behind those handed over before.

        `path` may be in any spelling; `text` holds the arguments as they came. `decode` reads them where the fast path
        of the signature cannot. The mutation takes effect once, however often the request is sent.
        """
        committed: asyncio.Future[Committed[MutationResult]]
        refused: Callable[[Exception], None] | None = None
        size = len(memoryview(text))
        try:
            path = canonical_path(path)
            self._check_size(path, size)
            entry = self._registry.find_public(path, "mutation")
            self._check_load(entry)
            arguments = entry.signature.read(text)
            if arguments is None:
                arguments = entry.signature.convert(decode(text, path))
            work = self.mutations.work(entry, arguments, identity, request)
            refused = partial(self.deferred_audit.note_refusal, entry, arguments, identity, origins.current())
            committed = self._engine.begin(work, person_of(identity), is_urgent(entry))
            if entry.function.recorded and self._record_counts.is_due(request.asker):
                self.background.spawn(self._trim_records(request.asker), "idempotency records")
        except Exception as error:
            committed = asyncio.get_running_loop().create_future()
            committed.set_exception(Invalid(error.message) if isinstance(error, RequestError) else error)
        if committed.done():
            request.on_committed(committed)
        else:
            committed.add_done_callback(request.on_committed)
        self._node.recorder.began(path, person_of(identity), size)
        return PendingMutation(self, path, committed, self._node.trace(path), refused)

    async def call(self, function: Function[..., object], identity: Identity | None = None, **kwargs: object) -> Any:
        """Run a function of the tree for the server itself; return its Python result, raise its errors."""
        return (await self._invoke(self._registry.registered(function), kwargs, identity))[0]

    async def run_scheduled_action(self, entry: RegisteredFunction, arguments: dict[str, object]) -> object:
        """Run an action as a job: without a caller, for the server itself."""
        return await self._action(entry, arguments, None, SERVER)

    def finish_mutation(self, committed: Committed[MutationResult]) -> tuple[object, int]:
        """Record the heartbeats and metrics of a mutation that is on disk; return its value and its timestamp."""
        result = committed.value
        self.record_heartbeats(result.heartbeats)
        if result.measurements:
            self._measured(result.measurements)
        if result.ran_at:
            self._node.traces.committed(result.ran_at, committed.ts)
        return result.value, committed.ts if result.recorded_ts is None else result.recorded_ts

    def record_heartbeats(self, pairs: Set[Pair]) -> None:
        """Record heartbeats of members; they are written in the background, each pair once per interval."""
        if not pairs or self._heartbeats is None:
            return
        due = self._heartbeats.due(pairs, self._now_ms(), HEARTBEAT_INTERVAL_MS)
        if due:
            self.background.spawn(self._heartbeats.forward(due), "heartbeats")

    def record_end(self, path: str, seconds: float, error: Exception | None, request_id: Callable[[], str]) -> None:
        """Count the end of a mutation that `begin` began."""
        recorder = self._node.recorder
        if isinstance(error, Overloaded):
            recorder.withdrew(path)
        else:
            recorder.ended(path, seconds, None if error is None else code_of(error), request_id)

    def _check_load(self, entry: RegisteredFunction) -> None:
        wait = self._node.monitor.refuses(entry.function.priority)
        if wait:
            self._node.recorder.refused()
            raise Overloaded(wait)

    def _check_size(self, path: str, actual: int) -> None:
        limit = self._settings.limits.argument_bytes
        if actual > limit:
            message = f"Arguments for {path} are too large (actual: {actual} bytes, limit: {limit} bytes)"
            raise LimitExceeded(message, actual=actual, limit=limit)

    async def _invoke(
        self,
        entry: RegisteredFunction,
        arguments: dict[str, object],
        identity: Identity | None,
        at: int | None = None,
        person: str = SERVER,
    ) -> tuple[object, int]:
        match entry.kind:
            case "query":
                return await self._query(entry, arguments, identity, at, person)
            case "mutation":
                work = self.mutations.work(entry, arguments, identity, None)
                return self.finish_mutation(await self._engine.write(work, person, is_urgent(entry)))
            case "action":
                return await self._action(entry, arguments, identity, person), 0

    async def _query(
        self,
        entry: RegisteredFunction,
        arguments: dict[str, object],
        identity: Identity | None,
        at: int | None,
        person: str,
    ) -> tuple[object, int]:
        if not self._engine.distant:
            await self._turns.join(person)  # the query occupies the event loop until it ends
        now = self._now_ms()

        def work(db: Snapshot) -> tuple[object, int, set[Pair]]:
            db.pages = pages_of(self._engine.secret(), entry.path, arguments)
            ctx = QueryCtx(db, identity, now, self._settings, node=self._node)
            return entry.function(ctx, **arguments), db.timestamp, ctx.dependencies.heartbeats

        value, ts, heartbeats = await self._engine.read(work, at=at)
        if at is not None:

            def recheck(db: Snapshot, seen: object) -> object:
                return entry.function.recheck(QueryCtx(db, identity, now, self._settings), seen, **arguments)

            value = await past_reads.still_visible(self._engine, work, recheck, value, ts)
            await past_reads.pin_if_newest(self._engine, at, ts, identity)
        self.record_heartbeats(heartbeats)
        return value, ts

    async def _action(
        self, entry: RegisteredFunction, arguments: dict[str, object], identity: Identity | None, person: str
    ) -> object:
        async def call(function: Function[..., object], kwargs: dict[str, object]) -> object:
            return (await self._invoke(self._registry.registered(function), kwargs, identity, person=person))[0]

        scheduler = DirectScheduler(self._engine, self._registry)
        ctx = ActionCtx(identity, self._settings, self._now_ms, call, scheduler, self._node)
        own = entry.function.seconds if isinstance(entry.function, Action) else None
        limit = asyncio.timeout(self._settings.limits.action_seconds if own is None else own(self._settings))
        try:
            async with limit:
                return await entry.handler(ctx, **arguments)
        except TimeoutError:
            if limit.expired():
                raise LimitExceeded("The action ran longer than one call may") from None
            raise

    async def _trim_records(self, asker: str | None) -> None:
        keep = self._settings.limits.idempotency_records
        try:
            await self._engine.write(lambda db: trim_records(db, asker, keep, 2 * TRIM_EVERY))
        except Exception as error:
            log.warning("receipts_not_trimmed", exc_info=error)

    def _note_read(
        self,
        function: Query[..., object],
        entry: RegisteredFunction,
        arguments: dict[str, object],
        value: object,
        identity: Identity,
    ) -> None:
        if function.noted is not None and identity.operator:
            described = function.noted(arguments, value)
            self.deferred_audit.note_read(entry, *described, identity, origins.current())

    def _event_writer(self, note_events: Function[..., object] | None) -> Callable[[list[Noted], int], Awaitable[None]]:
        async def write(events: list[Noted], dropped: int) -> None:
            if note_events is not None:
                await self.call(note_events, None, events=events, dropped=dropped)

        return write

    def _heartbeat_writer(self, heartbeat: Function[..., object]) -> Callable[[str, str], Awaitable[None]]:
        async def write(meeting: str, member: str) -> None:
            entry = self._registry.registered(heartbeat)
            names = [argument.name for argument in entry.signature.arguments]
            try:
                await self._invoke(entry, dict(zip(names, (meeting, member), strict=True)), None)
            except Exception as error:
                log.warning("heartbeat_not_stored", exc_info=error)

        return write


class PendingMutation:
    """A mutation that was handed to the database. `committed` is done when it is on disk, or has failed."""

    __slots__ = ("committed", "path", "_executor", "_refused", "_span", "_started")

    def __init__(
        self,
        executor: Executor,
        path: str,
        committed: asyncio.Future[Committed[MutationResult]],
        span: CallSpan,
        refused: Callable[[Exception], None] | None = None,
    ) -> None:
        self.committed = committed
        self._executor = executor
        self._started = perf_counter()
        self.path = path
        self._span = span
        self._refused = refused

    async def outcome(self, request_id: Callable[[], str]) -> Outcome:
        """Wait for the commit; return the outcome. To be awaited once.

        Raises:
            RequestError: Too many mutations wait, or the database failed and may have carried this one out.
        """
        ending: Exception | None = None
        try:
            with self._span.current():
                value, ts = self._executor.finish_mutation(await self.committed)
            return Outcome(value=value, ts=ts)
        except StoreBusy as error:
            ending = error
            return failed(error, self.path, request_id())
        except StoreError as error:
            ending = error
            # An earlier attempt of the same request may have been committed, so calling it failed could be untrue.
            log.error("store_failed", function=self.path, request_id=request_id(), reason=error.message)
            raise request_error("DatabaseUnavailable") from error
        except Exception as error:
            ending = error
            if self._refused is not None:
                self._refused(error)
            return failed(error, self.path, request_id())
        finally:
            self._executor.record_end(self.path, perf_counter() - self._started, ending, request_id)
            self._span.end(None if ending is None else code_of(ending), request_id)


def code_of(error: Exception) -> str:
    """Return the code of the error that a call ended with."""
    return error.code if isinstance(error, ConnvoError) else Internal.code


def is_urgent(entry: RegisteredFunction) -> bool:
    """Return whether a running conversation needs a function: its mutations go before others."""
    return entry.function.priority == "critical"


def person_of(identity: Identity | None) -> str:
    """Return the key of the caller's fair share: one account's, or that of all anonymous callers together."""
    return STRANGERS if identity is None else identity.token_identifier
