"""The execution of one call: find the function, convert its arguments, run it in its context.

Guarantees: a failure of the function is a value (`Outcome.error`), never an exception; only a request that cannot be
served now raises. Unexpected errors become INTERNAL_ERROR with the request id; their details go to the log alone.
Does not know: live queries, the scheduler's loop, other nodes.
"""

import asyncio
from collections.abc import Callable, Set
from typing import Any

import msgspec
import structlog

from connvo.kernel.errors import Invalid, LimitExceeded, RequestError, request_error
from connvo.kernel.identity import Identity
from connvo.kernel.names import canonical_path
from connvo.settings import Settings
from connvo.store.engine import SERVER, Committed, Engine, StoreBusy, StoreError
from connvo.store.snapshot import Snapshot
from connvo.telemetry.instruments import Measured

from . import past_reads
from .background_tasks import BackgroundTasks
from .cluster.heartbeat_throttle import HeartbeatThrottle, Pair
from .context import ActionCtx, QueryCtx
from .cursors import pages_of
from .function import Function, Kind
from .jobs.direct_scheduler import DirectScheduler
from .live.time_shares import Turns
from .mutations import MutationResult, MutationRunner
from .outcome import Outcome, failed, measure
from .registry import RegisteredFunction, Registry
from .request_dedup import TRIM_EVERY, RecordCounts, Request, trim_records
from .results import to_values

log = structlog.get_logger()
HEARTBEAT_INTERVAL_MS = 10_000.0
STRANGERS = "strangers"

Decode = Callable[[msgspec.Raw, str], dict[str, Any]]


class Executor:
    """Runs the functions of a registry on a database.

    `turns` are those of everything that reads on the event loop. `heartbeat` is the mutation that stores the heartbeat
    of a member, if heartbeats are kept.
    """

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        settings: Settings,
        now_ms: Callable[[], float],
        turns: Turns,
        heartbeat: Function[..., Any] | None,
        measured: Measured,
    ) -> None:
        self._registry = registry
        self._engine = engine
        self._settings = settings
        self._now_ms = now_ms
        self._turns = turns
        self._heartbeat = heartbeat
        self._heartbeats = HeartbeatThrottle(self._write_heartbeat)
        self._measured = measured
        self._record_counts = RecordCounts()
        self.mutations = MutationRunner(registry, engine, settings)
        self.background = BackgroundTasks()

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
            RequestError: The call cannot be served now, or its snapshot cannot be read.
        """
        try:
            entry = self._registry.find_public(path, kind)
            self._check_size(path, measure(args) if size is None else size)
            value, ts = await self._invoke(entry, entry.signature.convert(args), identity, at, person_of(identity))
            return Outcome(value=to_values(value), ts=ts)
        except Exception as error:
            return failed(error, path, request_id)

    def begin(
        self, path: str, text: msgspec.Raw, identity: Identity | None, request: Request, decode: Decode
    ) -> "PendingMutation":
        """Hand a public mutation to the database, behind those handed over before.

        `path` may be in any spelling; `text` holds the arguments as they came. `decode` reads them where the fast path
        of the signature cannot. The mutation takes effect once, however often the request is sent.
        """
        committed: asyncio.Future[Committed[MutationResult]]
        try:
            path = canonical_path(path)
            self._check_size(path, len(memoryview(text)))
            entry = self._registry.find_public(path, "mutation")
            arguments = entry.signature.read(text)
            if arguments is None:
                arguments = entry.signature.convert(decode(text, path))
            work = self.mutations.work(entry, arguments, identity, request)
            committed = self._engine.begin(work, person_of(identity))
            if entry.function.recorded and self._record_counts.is_due(request.asker):
                self.background.spawn(self._trim_records(request.asker), "idempotency records")
        except Exception as error:
            committed = asyncio.get_running_loop().create_future()
            committed.set_exception(Invalid(error.message) if isinstance(error, RequestError) else error)
        if committed.done():
            request.on_committed(committed)
        else:
            committed.add_done_callback(request.on_committed)
        return PendingMutation(self, path, committed)

    async def call(self, function: Function[..., Any], identity: Identity | None = None, **kwargs: Any) -> Any:
        """Run a function of the tree for the server itself; return its Python result, raise its errors."""
        return (await self._invoke(self._registry.registered(function), kwargs, identity))[0]

    async def run_scheduled_action(self, entry: RegisteredFunction, arguments: dict[str, Any]) -> Any:
        """Run an action as a job: without a caller, for the server itself."""
        return await self._action(entry, arguments, None, SERVER)

    def finish_mutation(self, committed: Committed[MutationResult]) -> tuple[Any, int]:
        """Record the heartbeats and metrics of a mutation that is on disk; return its value and its timestamp."""
        result = committed.value
        self.record_heartbeats(result.heartbeats)
        if result.measurements:
            self._measured(result.measurements)
        return result.value, committed.ts if result.recorded_ts is None else result.recorded_ts

    def record_heartbeats(self, pairs: Set[Pair]) -> None:
        """Record heartbeats of members; they are written in the background, each pair once per interval."""
        if not pairs or self._heartbeat is None:
            return
        due = self._heartbeats.due(pairs, self._now_ms(), HEARTBEAT_INTERVAL_MS)
        if due:
            self.background.spawn(self._heartbeats.forward(due), "heartbeats")

    def _check_size(self, path: str, actual: int) -> None:
        limit = self._settings.limits.argument_bytes
        if actual > limit:
            message = f"Arguments for {path} are too large (actual: {actual} bytes, limit: {limit} bytes)"
            raise LimitExceeded(message, actual=actual, limit=limit)

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
                work = self.mutations.work(entry, arguments, identity, None)
                return self.finish_mutation(await self._engine.write(work, person))
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
        if not self._engine.distant:
            await self._turns.join(person)  # the query occupies the event loop until it ends
        now = self._now_ms()

        def work(db: Snapshot) -> tuple[Any, int, set[Pair]]:
            db.pages = pages_of(self._engine.secret(), entry.path, arguments)
            ctx = QueryCtx(db, identity, now, self._settings)
            return entry.handler(ctx, **arguments), db.timestamp, ctx.heartbeats

        value, ts, heartbeats = await self._engine.read(work, at=at)
        if at is not None:

            def recheck(db: Snapshot, seen: Any) -> Any:
                return entry.function.recheck(QueryCtx(db, identity, now, self._settings), seen, **arguments)

            value = await past_reads.still_visible(self._engine, work, recheck, value, ts)
            await past_reads.pin_if_newest(self._engine, at, ts, identity)
        self.record_heartbeats(heartbeats)
        return value, ts

    async def _action(
        self, entry: RegisteredFunction, arguments: dict[str, Any], identity: Identity | None, person: str
    ) -> Any:
        async def call(function: Function[..., Any], kwargs: dict[str, Any]) -> Any:
            return (await self._invoke(self._registry.registered(function), kwargs, identity, person=person))[0]

        ctx = ActionCtx(identity, self._settings, self._now_ms, call, DirectScheduler(self._engine, self._registry))
        limit = asyncio.timeout(self._settings.limits.action_seconds)
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

    async def _write_heartbeat(self, meeting: str, member: str) -> None:
        if self._heartbeat is not None:
            entry = self._registry.registered(self._heartbeat)
            names = [argument.name for argument in entry.signature.arguments]
            try:
                await self._invoke(entry, dict(zip(names, (meeting, member), strict=True)), None)
            except Exception as error:
                log.warning("heartbeat_not_stored", exc_info=error)


class PendingMutation:
    """A mutation that was handed to the database. `committed` is done when it is on disk, or has failed."""

    __slots__ = ("committed", "path", "_executor")

    def __init__(self, executor: Executor, path: str, committed: asyncio.Future[Committed[MutationResult]]) -> None:
        self.committed = committed
        self._executor = executor
        self.path = path

    async def outcome(self, request_id: Callable[[], str]) -> Outcome:
        """Wait for the commit; return the outcome. To be awaited once.

        Raises:
            RequestError: Too many mutations wait, or the database failed and may have carried this one out.
        """
        try:
            value, ts = self._executor.finish_mutation(await self.committed)
            return Outcome(value=value, ts=ts)
        except StoreBusy as error:
            return failed(error, self.path, request_id())
        except StoreError as error:
            # An earlier attempt of the same request may have been committed, so calling it failed could be untrue.
            log.error("store_failed", function=self.path, request_id=request_id(), reason=error.message)
            raise request_error("DatabaseUnavailable") from error
        except Exception as error:
            return failed(error, self.path, request_id())


def person_of(identity: Identity | None) -> str:
    """Return the key of the caller's fair share: one account's, or that of all anonymous callers together."""
    return STRANGERS if identity is None else identity.token_identifier
