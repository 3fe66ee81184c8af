"""The loop that runs due jobs, on any number of nodes of one database.

Guarantees: while it runs, a due job runs once, on one of the nodes (`deferred`, `periodic`).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from connvo.kernel.clock import MS, ClockWatch
from connvo.runtime.cluster.lease_keeper import LeaseKeeper
from connvo.runtime.registry import RegisteredFunction, Registry
from connvo.settings import Settings
from connvo.store.commit_log import Commit
from connvo.store.engine import Engine, StoreError
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import Measured

from .deferred import DeferredJobs, begin_delays
from .periodic import PeriodicJobs
from .server_context import ServerContexts
from .tables import Cron, Job

log = structlog.get_logger()
BATCH = 100
MAX_SLEEP_SECONDS = 60.0
RETRY_SECONDS = 1.0
FAILED_RETENTION_MS = 7 * 24 * 3600 * MS
JOBS_INDEX = "scheduledJobs/by_id"


class Scheduler:
    """The loop that runs due jobs on this node.

    `perform` runs a mutation inside a transaction for the server itself. `close_crashed` closes the actions of nodes
    that are gone.
    """

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        settings: Settings,
        now_ms: Callable[[], float],
        run_action: Callable[[RegisteredFunction, dict[str, object]], Awaitable[object]],
        measured: Measured,
    ) -> None:
        self._engine = engine
        self._now_ms = now_ms
        contexts = ServerContexts(registry, settings)
        self.perform = contexts.perform
        self._periodic = PeriodicJobs(registry, engine, contexts, now_ms, measured)
        self._deferred = DeferredJobs(registry, engine, contexts, run_action, measured)
        self.close_crashed = self._deferred.close_crashed
        self._clock = ClockWatch(now_ms)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def serve_under(self, lease: LeaseKeeper) -> None:
        """Bind the loop to a lease: it pauses while the lease is not fresh."""
        self._deferred.lease = lease

    async def prepare(self) -> None:
        """Create the rows of periodic functions, and close the actions that a crash left running."""
        await self._engine.write(self._restart_delays)
        await self.close_crashed()
        self._engine.on_local_commits(self._on_commits)

    def start(self) -> None:
        """Start the loop."""
        self._task = asyncio.create_task(self._loop(), name="scheduler")

    async def stop(self) -> None:
        """Stop the loop and wait for running actions, but not for those that may take minutes."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._deferred.abandon_lasting()
        await self._deferred.settle()

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
        known = [cron for cron in crons if self._periodic.entry_of(cron) is not None]
        for cron in known:
            await self._periodic.run(cron)
        for job in jobs:
            await self._deferred.run(job)
        if old:
            await self._engine.write(lambda db: _delete_all(db, old))
        return len(known) + len(jobs) + len(old)

    async def settle(self) -> None:
        """Run due jobs until there are none, and wait for started actions."""
        while await self.run_due() or self._deferred.runs_actions:
            await self._deferred.settle()

    @property
    def _leads(self) -> bool:
        return self._deferred.lease is None or self._deferred.lease.leads

    async def _loop(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause = await self._work() if self._leads else RETRY_SECONDS
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
        if self._deferred.lease is not None:
            await self._deferred.lease.renew()
        await self._engine.write(self._restart_delays)

    def _restart_delays(self, db: Transaction) -> None:
        self._periodic.sync(db)
        begin_delays(db)

    async def _work(self) -> float:
        """Run due jobs until there are none; return the time until the next one, in seconds."""
        await self.follow_clock()
        while await self.run_due():
            pass
        return await self._pause()

    async def _pause(self) -> float:
        def next_due(db: Snapshot) -> float:
            found = [
                *(
                    cron.next_at
                    for cron in db.scan(Cron, "by_next", limit=BATCH)
                    if self._periodic.entry_of(cron) is not None
                ),
                *(job.run_at for job in db.scan(Job, "by_due", "pending", limit=1)),
            ]
            return min(found, default=self._now_ms() + MAX_SLEEP_SECONDS * MS)

        due = await self._engine.read(next_due)
        return min(max(0.0, (due - self._now_ms()) / MS), MAX_SLEEP_SECONDS)

    def _on_commits(self, commits: list[Commit]) -> None:
        if any(JOBS_INDEX in commit.written.keys for commit in commits):
            self._wake.set()


def _delete_all(db: Transaction, jobs: list[Job]) -> None:
    for job in jobs:
        db.delete(job)
