"""What a function gets: its data, its caller, its time. Never the outside world, unless it is an action."""

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
    """Jobs as rows of the same transaction: no effect without its cause, no cause without its effect."""

    def run_after(self, seconds: float, function: FunctionReference[P, Any], *args: P.args, **kwargs: P.kwargs) -> str:
        """Enqueue a call `seconds` from now; return the job's id. Arguments by keyword only."""
        ...

    def run_at(self, when: float, function: FunctionReference[P, Any], *args: P.args, **kwargs: P.kwargs) -> str:
        """Enqueue a call for a time in epoch milliseconds; return the job's id."""
        ...

    def cancel(self, job_id: str) -> None:
        """Cancel a job that has not started; anything else is left as it is."""
        ...


class OneSeed:
    """Draws a seed when first called, and gives the same from then on."""

    __slots__ = ("_drawn",)

    def __init__(self) -> None:
        self._drawn: int | None = None

    def __call__(self) -> int:
        """Return the seed."""
        if self._drawn is None:
            self._drawn = randbits(SEED_BITS)
        return self._drawn


class QueryCtx:
    """For queries."""

    __slots__ = ("_db", "_auth", "_now", "settings", "signs_of_life", "personal", "timed")

    def __init__(self, db: Snapshot, auth: Identity | None, now: float, settings: Settings) -> None:
        self._db = db
        self._auth = auth
        self._now = now
        self.settings = settings
        self.personal = False
        self.timed = False
        self.signs_of_life: set[tuple[str, str]] = set()

    @property
    def auth(self) -> Identity | None:
        """The verified claims of the caller. Asking for them makes the result `personal`: not shared with others."""
        self.personal = True
        return self._auth

    @property
    def now(self) -> float:
        """The time, frozen for the run, in epoch milliseconds. Asking for it makes the result `timed`: soon old."""
        self.timed = True
        return self._now

    @property
    def db(self) -> Snapshot:
        """The documents, read only."""
        return self._db

    def heartbeat(self, meeting_id: str, user_id: str) -> None:
        """Say that a member is there. Noted outside the transaction, rarely, after the call succeeded."""
        self.signs_of_life.add((meeting_id, user_id))


class MutationCtx(QueryCtx):
    """For mutations: also writes, schedules, and draws random numbers that repeat on a retry."""

    __slots__ = ("_transaction", "scheduler", "measures", "_seed", "_random")

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
        self.measures: list[Measurement] = []
        self._seed = seed
        self._random: Random | None = None

    @property
    def db(self) -> Transaction:
        """The documents, to read and to write."""
        return self._transaction

    @property
    def random(self) -> Random:
        """Random numbers, the same ones in every try of this run. Made when first asked for, as few runs do."""
        if self._random is None:
            self._random = Random(self._seed())
        return self._random

    def record(self, instrument: Instrument, value: float = 1.0, **labels: str) -> None:
        """Hand operators a value of a figure, which counts once the transaction is on disk. Every label is needed."""
        self.measures.append(Measurement(instrument, value, tuple(labels[name] for name in instrument.labels)))


class ActionCtx:
    """For actions. Each query and mutation is a transaction of its own."""

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
    """The scheduler of an action: each call is enqueued at once."""

    async def run_after(
        self, seconds: float, function: FunctionReference[P, Any], *args: P.args, **kwargs: P.kwargs
    ) -> str:
        """Enqueue a call `seconds` from now; return the job's id."""
        ...
