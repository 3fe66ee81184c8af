"""Periodic functions: each has a row with the time of its next run. Missed periods are skipped."""

from collections.abc import Callable

import structlog

from connvo.kernel.clock import MS
from connvo.runtime.context import OneSeed
from connvo.runtime.registry import RegisteredFunction, Registry
from connvo.store.engine import Engine, StoreError
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import Measured, Measurement

from .server_context import ServerContexts
from .tables import Cron

log = structlog.get_logger()
# A periodic function that no node has run for so long belongs to no version any more.
ABANDONED_MS = 24 * 3600 * MS


class PeriodicJobs:
    """Runs the periodic functions of a registry."""

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        contexts: ServerContexts,
        now_ms: Callable[[], float],
        measured: Measured,
    ) -> None:
        self._registry = registry
        self._engine = engine
        self._contexts = contexts
        self._now_ms = now_ms
        self._measured = measured

    def entry_of(self, cron: Cron) -> RegisteredFunction | None:
        """Return the periodic function of a row; None if this version does not know it."""
        entry = self._registry.find(cron.path)
        return None if entry is None or entry.function.every is None else entry

    async def run(self, cron: Cron) -> None:
        """Run a periodic function that is due, unless another node has."""
        entry = self.entry_of(cron)
        if entry is None or entry.function.every is None:
            return
        period = entry.function.every * MS
        seed = OneSeed()

        def claim(db: Transaction, run: bool) -> list[Measurement]:
            current = db.get(Cron, cron.id)
            if current is None or current.next_at > self._now_ms():
                return []
            db.patch(current, next_at=self._now_ms() + period)
            ctx = self._contexts.make(db, seed)
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

    def sync(self, db: Transaction) -> None:
        """Create the rows of new functions, and delete those of functions that no version has any more."""
        first = {entry.path: db.now + (entry.function.every or 0) * MS for entry in self._registry.periodic()}
        for cron in db.scan(Cron, "by_path"):
            soonest = first.pop(cron.path, None)
            if soonest is None and cron.next_at < db.now - ABANDONED_MS:
                db.delete(cron)
            elif soonest is not None and cron.next_at > soonest:
                db.patch(cron, next_at=soonest)
        for path, next_at in first.items():
            db.insert(Cron(path=path, next_at=next_at))
