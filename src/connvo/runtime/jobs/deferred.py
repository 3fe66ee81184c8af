"""Deferred calls. A mutation runs exactly once, as the delete of its row and its effects are one commit.

An action runs at most once: it is marked with its node before it starts, and has failed when that node is gone. The
commit in which an action fails queues the mutation that takes its work back, if it has one. An unknown function may
belong to another version, which runs beside this one: its job is requeued for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from connvo.kernel.clock import MS
from connvo.kernel.errors import ConnvoError, Invalid
from connvo.runtime.cluster.lease_keeper import LeaseKeeper
from connvo.runtime.cluster.node_leases import holds
from connvo.runtime.context import OneSeed
from connvo.runtime.function import Action, is_lasting
from connvo.runtime.registry import RegisteredFunction, Registry
from connvo.store.engine import Engine, StoreError
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import Measured, Measurement

from .server_context import ServerContexts
from .tables import Job, JobId

log = structlog.get_logger()
# A node may run some hundred actions at a time.
MAX_RUNNING = 10_000
MAX_DELAYED = 1000
BATCH = 100
CRASHED = "the server stopped while it ran"
# A job that no node knows fails after so many of these delays: five minutes, longer than a rolling update takes.
MAX_REQUEUES = 20
REQUEUE_MS = 15.0 * MS


class DeferredJobs:
    """Runs deferred calls, and holds the actions that run. They run under `lease`, once there is one."""

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        contexts: ServerContexts,
        run_action: Callable[[RegisteredFunction, dict[str, object]], Awaitable[object]],
        measured: Measured,
    ) -> None:
        self._registry = registry
        self._engine = engine
        self._contexts = contexts
        self._run_action = run_action
        self._measured = measured
        self._actions: set[asyncio.Task[None]] = set()
        self._lasting: set[asyncio.Task[None]] = set()
        self.lease: LeaseKeeper | None = None

    @property
    def runs_actions(self) -> bool:
        """Whether an action runs."""
        return bool(self._actions)

    async def settle(self) -> None:
        """Wait for the actions that run."""
        if self._actions:
            await asyncio.gather(*self._actions, return_exceptions=True)

    def abandon_lasting(self) -> None:
        """Cancel the actions with a time limit of their own; their jobs count as crashed once this node is gone."""
        for task in self._lasting:
            task.cancel()

    async def close_crashed(self) -> None:
        """Close the actions of nodes that are gone."""
        while (await self._engine.write(self._close_some_crashed)).value:
            pass

    async def run(self, job: Job) -> None:
        """Run a job that is due, unless another node has."""
        entry = self._registry.find(job.path)
        if entry is None:
            await self._requeue(job.id, f"there is no function {job.path}")
            return
        try:
            arguments = entry.signature.convert(msgspec.json.decode(job.arguments))
        except Invalid as error:
            await self._requeue(job.id, error.message)
            return
        if entry.kind == "action":
            await self._start_action(job.id, entry, arguments)
            return
        seed = OneSeed()

        def work(db: Transaction) -> list[Measurement]:
            current = db.get(Job, job.id)
            if current is None or current.state != "pending":
                return []
            db.delete(current)
            ctx = self._contexts.make(db, seed)
            entry.handler(ctx, **arguments)
            return ctx.measurements

        try:
            self._measured((await self._engine.write(work)).value)
        except StoreError:
            raise
        except Exception as error:
            log.error("scheduled_mutation_failed", function=entry.path, error=type(error).__name__, exc_info=error)
            await self._close(job.id, _reason(error))

    async def _start_action(self, job_id: JobId, entry: RegisteredFunction, arguments: dict[str, object]) -> None:
        def mark(db: Transaction) -> bool:
            current = db.get(Job, job_id)
            if current is None or current.state != "pending":
                return False
            db.patch(current, state="running", node=self.lease and self.lease.node)
            return True

        if not (await self._engine.write(mark)).value:
            return
        task = asyncio.create_task(self._finish_action(job_id, entry, arguments), name=f"job {entry.path}")
        self._actions.add(task)
        task.add_done_callback(self._actions.discard)
        if is_lasting(entry.function):
            self._lasting.add(task)
            task.add_done_callback(self._lasting.discard)

    async def _finish_action(self, job_id: JobId, entry: RegisteredFunction, arguments: dict[str, object]) -> None:
        reason: str | None = None
        try:
            await self._run_action(entry, arguments)
        except Exception as error:
            log.error("scheduled_action_failed", function=entry.path, error=type(error).__name__, exc_info=error)
            reason = _reason(error)
        try:
            await self._close(job_id, reason)
        except StoreError as error:
            log.error("scheduled_action_not_closed", function=entry.path, reason=error.message)

    async def _requeue(self, job_id: JobId, reason: str) -> None:
        """Delay a job that this version cannot run, for another version; after too many delays it has failed."""

        def work(db: Transaction) -> bool:
            job = db.get(Job, job_id)
            if job is None or job.state != "pending":
                return True
            if job.put_back < MAX_REQUEUES:
                db.patch(job, put_back=job.put_back + 1, run_at=db.now + REQUEUE_MS)
                return True
            return False

        if not (await self._engine.write(work)).value:
            await self._close(job_id, reason)

    async def _close(self, job_id: JobId, reason: str | None) -> None:
        """End a job: without a reason it succeeded and is deleted, with a reason it failed and stays for a while."""

        def work(db: Transaction) -> None:
            job = db.get(Job, job_id)
            if job is not None and reason is None:
                db.delete(job)
            elif job is not None and reason is not None:
                self._fail(db, job, reason)

        await self._engine.write(work)

    def _close_some_crashed(self, db: Transaction) -> int:
        running = db.scan(Job, "by_due", "running", limit=MAX_RUNNING)
        crashed = [job for job in running if job.node is None or not holds(db, job.node)][:BATCH]
        for job in crashed:
            self._fail(db, job, CRASHED)
        return len(crashed)

    def _fail(self, db: Transaction, job: Job, reason: str) -> None:
        db.patch(job, state="failed", reason=reason, run_at=db.now, node=None)
        entry = self._registry.find(job.path)
        take_back = entry.function.take_back if entry and isinstance(entry.function, Action) else None
        if take_back is not None:
            db.insert(Job(path=self._registry.registered(take_back).path, arguments=job.arguments, run_at=db.now))


def begin_delays(db: Transaction) -> None:
    """Restart the delay of jobs whose creation lies in the future: the clock was set back after it."""
    late = db.scan(Job, "by_due", "pending", after=db.now, limit=MAX_DELAYED)
    for job in late:
        if job.creation_time > db.now:
            db.patch(job, run_at=max(db.now, db.now + job.run_at - job.creation_time))


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, ConnvoError) else type(error).__name__
