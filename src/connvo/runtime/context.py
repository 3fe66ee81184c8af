"""The contexts of functions: the data, the caller and the time of a call.

Guarantees: only an action can reach the outside world.
"""

from collections.abc import Callable
from random import Random
from secrets import randbits
from typing import Any, ParamSpec, Protocol, TypeVar

from connvo.kernel.identity import Identity
from connvo.settings import Settings
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import Instrument, Measurement

from .references import FunctionReference, MutationReference, QueryReference

SEED_BITS = 128

P = ParamSpec("P")
R = TypeVar("R")


class Scheduler(Protocol):
    """The scheduler of a mutation: a job commits with the transaction that asked for it, or not at all."""

    def run_after(self, seconds: float, function: FunctionReference[P, Any], *args: P.args, **kwargs: P.kwargs) -> str:
        """Enqueue a call `seconds` from now; return the job's id. Arguments by keyword only."""
        ...

    def run_at(self, when: float, function: FunctionReference[P, Any], *args: P.args, **kwargs: P.kwargs) -> str:
        """Enqueue a call for a time in epoch milliseconds; return the job's id."""
        ...

    def cancel(self, job_id: str) -> None:
        """Cancel a job if it has not started."""
        ...


class OneSeed:
    """A random seed, drawn when first called and the same from then on."""

    __slots__ = ("_drawn",)

    def __init__(self) -> None:
        self._drawn: int | None = None

    def __call__(self) -> int:
        """Return the seed."""
        if self._drawn is None:
            self._drawn = randbits(SEED_BITS)
        return self._drawn


class QueryCtx:
    """The context of a query."""

    __slots__ = ("_db", "_auth", "_now", "settings", "heartbeats", "personal", "timed")

    def __init__(self, db: Snapshot, auth: Identity | None, now: float, settings: Settings) -> None:
        self._db = db
        self._auth = auth
        self._now = now
        self.settings = settings
        self.personal = False
        self.timed = False
        self.heartbeats: set[tuple[str, str]] = set()

    @property
    def auth(self) -> Identity | None:
        """The verified claims of the caller. Reading them makes the result `personal`: it is not shared."""
        self.personal = True
        return self._auth

    @property
    def now(self) -> float:
        """The time, frozen for the run, in epoch milliseconds. Reading it makes the result `timed`: it ages soon."""
        self.timed = True
        return self._now

    @property
    def db(self) -> Snapshot:
        """The documents, read only."""
        return self._db

    def heartbeat(self, meeting_id: str, user_id: str) -> None:
        """Record a heartbeat of a member; throttled, and written after the call succeeded."""
        self.heartbeats.add((meeting_id, user_id))


class MutationCtx(QueryCtx):
    """The context of a mutation: it also writes, schedules, and draws random numbers that repeat on a retry."""

    __slots__ = ("_transaction", "scheduler", "measurements", "_seed", "_random")

    def __init__(
        self,
        db: Transaction,
        auth: Identity | None,
        now: float,
        settings: Settings,
        scheduler: Scheduler,
        seed: Callable[[], int],
    ) -> None:
        super().__init__(db, auth, now, settings)
        self._transaction = db
        self.scheduler = scheduler
        self.measurements: list[Measurement] = []
        self._seed = seed
        self._random: Random | None = None

    @property
    def db(self) -> Transaction:
        """The documents, to read and to write."""
        return self._transaction

    @property
    def random(self) -> Random:
        """Random numbers, the same in every retry of this run."""
        if self._random is None:
            self._random = Random(self._seed())
        return self._random

    def record(self, instrument: Instrument, value: float = 1.0, **labels: str) -> None:
        """Record a value of a metric, once the transaction is on disk. Every label of the instrument is required."""
        self.measurements.append(Measurement(instrument, value, tuple(labels[name] for name in instrument.labels)))


class ActionCtx:
    """The context of an action. Each query and mutation is a transaction of its own."""

    __slots__ = ("auth", "settings", "now", "_call", "scheduler")

    def __init__(
        self,
        auth: Identity | None,
        settings: Settings,
        now: Callable[[], float],
        call: Callable[..., Any],
        scheduler: "AsyncScheduler",
    ) -> None:
        self.auth = auth
        self.settings = settings
        self.now = now
        self._call = call
        self.scheduler = scheduler

    async def run_query(self, function: QueryReference[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a query on the newest snapshot, as the same caller; internal ones too."""
        result: R = await self._call(function, kwargs)
        return result

    async def run_mutation(self, function: MutationReference[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a mutation, as the same caller; return once it is on disk."""
        result: R = await self._call(function, kwargs)
        return result


class AsyncScheduler(Protocol):
    """The scheduler of an action: each job is a transaction of its own."""

    async def run_after(
        self, seconds: float, function: FunctionReference[P, Any], *args: P.args, **kwargs: P.kwargs
    ) -> str:
        """Enqueue a call `seconds` from now; return the job's id."""
        ...
