"""The loop that runs due jobs, on any number of nodes of one database.

Guarantees: a scheduled mutation runs exactly once, as the delete of its row and its effects are one commit. A scheduled
action runs at most once: it is marked with its node before it starts, and has failed when that node is gone. Missed
periods of a periodic job are skipped. An unknown function may belong to another version, which runs beside this one:
its job is requeued for a while.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
import structlog

from connvo.kernel.clock import MS, ClockWatch
from connvo.kernel.errors import ConnvoError, Invalid
from connvo.runtime.cluster.lease_keeper import LeaseKeeper
from connvo.runtime.cluster.node_leases import holds
from connvo.runtime.context import MutationCtx, OneSeed
from connvo.runtime.function import Function
from connvo.runtime.references import FunctionReference
from connvo.runtime.registry import RegisteredFunction, Registry
from connvo.settings import Settings
from connvo.store.commit_log import Commit
from connvo.store.engine import Engine, StoreError
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import Measured, Measurement

from .tables import Cron, Job, JobId

log = structlog.get_logger()
BATCH = 100
MAX_SLEEP_SECONDS = 60.0
RETRY_SECONDS = 1.0
FAILED_RETENTION_MS = 7 * 24 * 3600 * MS
# A node may run some hundred actions at a time.
MAX_RUNNING = 10_000
MAX_DELAYED = 1000
CRASHED = "the server stopped while it ran"
# A job that no node knows fails after so many of these delays: five minutes, longer than a rolling update takes.
MAX_REQUEUES = 20
REQUEUE_MS = 15.0 * MS
# A periodic function that no node has run for so long belongs to no version any more.
ABANDONED_MS = 24 * 3600 * MS
JOBS_INDEX = "scheduledJobs/by_id"


class TransactionScheduler:
    """`ctx.scheduler` of a mutation: every deferred call is a row of its transaction."""

    __slots__ = ("_db", "_registry")

    def __init__(self, db: Transaction, registry: Registry) -> None:
        self._db = db
        self._registry = registry

    def run_after(self, seconds: float, function: FunctionReference[..., Any], *args: Any, **kwargs: Any) -> str:
        """Enqueue a call `seconds` from now; return the job's id. Arguments by keyword only."""
        return self.run_at(self._db.now + seconds * MS, function, *args, **kwargs)

    def run_at(self, when: float, function: FunctionReference[..., Any], *args: Any, **kwargs: Any) -> str:
        """Enqueue a call for a time in epoch milliseconds; return the job's id.

        Raises:
            TypeError: An argument is positional or unknown.
            Invalid: An argument is missing or of the wrong type.
        """
        if args:
            raise TypeError("scheduled calls take their arguments by keyword")
        entry = self._registry.registered(function)
        wire = {a.wire_name: msgspec.to_builtins(kwargs[a.name]) for a in entry.signature.arguments if a.name in kwargs}
        unknown = kwargs.keys() - {a.name for a in entry.signature.arguments}
        if unknown:
            raise TypeError(f"{entry.path} has no arguments {sorted(unknown)}")
        entry.signature.convert(wire)
        return self._db.insert(Job(path=entry.path, arguments=msgspec.json.encode(wire).decode(), run_at=when)).id

    def cancel(self, job_id: str) -> None:
        """Cancel a job if it has not started."""
        job = self._db.get(Job, job_id)
        if job is not None and job.state == "pending":
            self._db.delete(job)


class Scheduler:
    """The loop that runs due jobs on this node."""

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        settings: Settings,
        now_ms: Callable[[], float],
        run_action: Callable[[RegisteredFunction, dict[str, Any]], Awaitable[Any]],
        measured: Measured,
    ) -> None:
        self._registry = registry
        self._engine = engine
        self._settings = settings
        self._now_ms = now_ms
        self._run_action = run_action
        self._measured = measured
        self._lease: LeaseKeeper | None = None
        self._clock = ClockWatch(now_ms)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._actions: set[asyncio.Task[None]] = set()

    def serve_under(self, lease: LeaseKeeper) -> None:
        """Bind the loop to a lease: it pauses while the lease is not fresh."""
        self._lease = lease

    async def prepare(self) -> None:
        """Create the rows of periodic functions, and close the actions that a crash left running."""
        await self._engine.write(self._restart_delays)
        await self.close_crashed()
        self._engine.on_local_commits(self._on_commits)

    async def close_crashed(self) -> None:
        """Close the actions of nodes that are gone."""
        while (await self._engine.write(self._close_some_crashed)).value:
            pass

    def start(self) -> None:
        """Start the loop."""
        self._task = asyncio.create_task(self._loop(), name="scheduler")

    async def stop(self) -> None:
        """Stop the loop and wait for running actions."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._actions:
            await asyncio.gather(*self._actions, return_exceptions=True)

    @property
    def running(self) -> bool:
        """Whether the loop runs."""
        return self._task is not None and not self._task.done()

    async def run_due(self) -> int:
        """Run everything that is due now, and delete old failures; return the number of rows."""
        now = self._now_ms()
        crons, jobs, old = await self._engine.read(
            lambda db: (
                db.scan(Cron, "by_next", until=now, limit=BATCH),
                db.scan(Job, "by_due", "pending", until=now, limit=BATCH),
                db.scan(Job, "by_due", "failed", before=now - FAILED_RETENTION_MS, limit=BATCH),
            )
        )
        known = [cron for cron in crons if self._entry_of(cron) is not None]
        for cron in known:
            await self._run_cron(cron)
        for job in jobs:
            await self._run_job(job)
        if old:
            await self._engine.write(lambda db: _delete_all(db, old))
        return len(known) + len(jobs) + len(old)

    async def settle(self) -> None:
        """Run due jobs until there are none, and wait for started actions."""
        while await self.run_due() or self._actions:
            if self._actions:
                await asyncio.gather(*self._actions, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause = await self._work() if self._lease is None or self._lease.leads else RETRY_SECONDS
            except StoreError as error:
                log.warning("scheduler_store_unavailable", reason=error.message)
                pause = RETRY_SECONDS
            except Exception as error:
                log.error("scheduler_failed", exc_info=error)
                pause = RETRY_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def follow_clock(self) -> None:
        """Restart grace periods, periods and delays if the clock of this machine was set."""
        jump = self._clock.take()
        if not jump:
            return
        log.warning("clock_was_set", seconds=round(jump / MS))
        if self._lease is not None:
            await self._lease.renew()
        await self._engine.write(self._restart_delays)

    def _restart_delays(self, db: Transaction) -> None:
        self._sync_crons(db)
        _begin_delays(db)

    async def _work(self) -> float:
        """Run due jobs until there are none; return the time until the next one, in seconds."""
        await self.follow_clock()
        while await self.run_due():
            pass
        return await self._pause()

    async def _pause(self) -> float:
        def next_due(db: Any) -> float:
            found = [
                *(cron.next_at for cron in db.scan(Cron, "by_next", limit=BATCH) if self._entry_of(cron) is not None),
                *(job.run_at for job in db.scan(Job, "by_due", "pending", limit=1)),
            ]
            return min(found, default=self._now_ms() + MAX_SLEEP_SECONDS * MS)

        due = await self._engine.read(next_due)
        return min(max(0.0, (due - self._now_ms()) / MS), MAX_SLEEP_SECONDS)

    def _on_commits(self, commits: list[Commit]) -> None:
        if any(JOBS_INDEX in commit.written.keys for commit in commits):
            self._wake.set()

    def perform(self, function: Function[..., Any], db: Transaction, **arguments: Any) -> Any:
        """Run a mutation of the tree inside a transaction, for the server itself; return its result."""
        return self._registry.registered(function).handler(self._context(db, OneSeed()), **arguments)

    def _context(self, db: Transaction, seed: Callable[[], int]) -> MutationCtx:
        return MutationCtx(db, None, db.now, self._settings, TransactionScheduler(db, self._registry), seed)

    def _entry_of(self, cron: Cron) -> RegisteredFunction | None:
        """Return the periodic function of a row; None if this version does not know it."""
        entry = self._registry.find(cron.path)
        return None if entry is None or entry.function.every is None else entry

    async def _run_cron(self, cron: Cron) -> None:
        entry = self._entry_of(cron)
        if entry is None or entry.function.every is None:
            return
        period = entry.function.every * MS
        seed = OneSeed()

        def claim(db: Transaction, run: bool) -> list[Measurement]:
            current = db.get(Cron, cron.id)
            if current is None or current.next_at > self._now_ms():
                return []
            db.patch(current, next_at=self._now_ms() + period)
            ctx = self._context(db, seed)
            if run:
                entry.handler(ctx)
            return ctx.measurements

        try:
            self._measured((await self._engine.write(lambda db: claim(db, run=True))).value)
        except StoreError:
            raise
        except Exception as error:
            log.error("periodic_job_failed", function=entry.path, error=type(error).__name__, exc_info=error)
            await self._engine.write(lambda db: claim(db, run=False))

    async def _run_job(self, job: Job) -> None:
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
            ctx = self._context(db, seed)
            entry.handler(ctx, **arguments)
            return ctx.measurements

        try:
            self._measured((await self._engine.write(work)).value)
        except StoreError:
            raise
        except Exception as error:
            log.error("scheduled_mutation_failed", function=entry.path, error=type(error).__name__, exc_info=error)
            await self._close(job.id, _reason(error))

    async def _start_action(self, job_id: JobId, entry: RegisteredFunction, arguments: dict[str, Any]) -> None:
        def mark(db: Transaction) -> bool:
            current = db.get(Job, job_id)
            if current is None or current.state != "pending":
                return False
            db.patch(current, state="running", node=self._lease and self._lease.node)
            return True

        if not (await self._engine.write(mark)).value:
            return
        task = asyncio.create_task(self._finish_action(job_id, entry, arguments), name=f"job {entry.path}")
        self._actions.add(task)
        task.add_done_callback(self._actions.discard)

    async def _finish_action(self, job_id: JobId, entry: RegisteredFunction, arguments: dict[str, Any]) -> None:
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
            elif job is not None:
                db.patch(job, state="failed", reason=reason, run_at=db.now, node=None)

        await self._engine.write(work)

    def _sync_crons(self, db: Transaction) -> None:
        first = {entry.path: db.now + (entry.function.every or 0) * MS for entry in self._registry.periodic()}
        for cron in db.scan(Cron, "by_path"):
            soonest = first.pop(cron.path, None)
            if soonest is None and cron.next_at < db.now - ABANDONED_MS:
                db.delete(cron)
            elif soonest is not None and cron.next_at > soonest:
                db.patch(cron, next_at=soonest)
        for path, next_at in first.items():
            db.insert(Cron(path=path, next_at=next_at))

    def _close_some_crashed(self, db: Transaction) -> int:
        running = db.scan(Job, "by_due", "running", limit=MAX_RUNNING)
        crashed = [job for job in running if job.node is None or not holds(db, job.node)][:BATCH]
        for job in crashed:
            db.patch(job, state="failed", reason=CRASHED, run_at=db.now, node=None)
        return len(crashed)


def _begin_delays(db: Transaction) -> None:
    """Restart the delay of jobs whose creation lies in the future: the clock was set back after it."""
    late = db.scan(Job, "by_due", "pending", after=db.now, limit=MAX_DELAYED)
    for job in late:
        if job.creation_time > db.now:
            db.patch(job, run_at=max(db.now, db.now + job.run_at - job.creation_time))


def _delete_all(db: Transaction, jobs: list[Job]) -> None:
    for job in jobs:
        db.delete(job)


def _reason(error: Exception) -> str:
    return error.message if isinstance(error, ConnvoError) else type(error).__name__
