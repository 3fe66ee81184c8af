"""The contexts of functions: the data, the caller and the time of a call.

Guarantees: only an action can reach the outside world.
"""

from collections.abc import Callable
from random import Random
from secrets import randbits
from typing import Any, Generic, NoReturn, ParamSpec, Protocol, TypeVar

from connvo.kernel.identity import Identity
from connvo.settings import Settings
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from connvo.telemetry.instruments import Instrument, Measurement

from .measuring.node_view import UNKNOWN_NODE, NodeView
from .origins import Origin
from .references import FunctionReference, MutationReference, QueryReference

SEED_BITS = 128

P = ParamSpec("P")
R = TypeVar("R")
A_co = TypeVar("A_co", covariant=True)


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


class Dependencies:
    """The dependencies of a run besides its arguments and documents, and the members whom it has seen.

    `caller`: the result is the caller's alone. `time`: it ages soon.
    """

    __slots__ = ("caller", "time", "heartbeats")

    def __init__(self) -> None:
        self.caller = False
        self.time = False
        self.heartbeats: set[tuple[str, str]] = set()


class QueryCtx:
    """The context of a query. Reading the caller or the time is recorded in `dependencies`."""

    __slots__ = ("_db", "_auth", "_now", "settings", "dependencies", "_node")

    def __init__(
        self,
        db: Snapshot,
        auth: Identity | None,
        now: float,
        settings: Settings,
        dependencies: Dependencies | None = None,
        node: NodeView = UNKNOWN_NODE,
    ) -> None:
        self._db = db
        self._auth = auth
        self._now = now
        self.settings = settings
        self.dependencies = dependencies or Dependencies()
        self._node = node

    @property
    def auth(self) -> Identity | None:
        """The verified claims of the caller. A result that depends on them is not shared."""
        self.dependencies.caller = True
        return self._auth

    @property
    def now(self) -> float:
        """The time, frozen for the run, in epoch milliseconds."""
        self.dependencies.time = True
        return self._now

    @property
    def node(self) -> NodeView:
        """The node that runs the query. A result that depends on it ages, and other nodes have another one."""
        self.dependencies.time = True
        return self._node

    @property
    def db(self) -> Snapshot:
        """The documents, read only."""
        return self._db

    def heartbeat(self, meeting_id: str, user_id: str) -> None:
        """Record a heartbeat of a member; throttled, and written after the call succeeded."""
        self.dependencies.heartbeats.add((meeting_id, user_id))

    def for_audience(self, audience: R) -> "SharedCtx[R]":
        """Return the context of the body of a shared query: the same snapshot and time, and no caller."""
        return SharedCtx(self._db, self._now, self.settings, audience, self.dependencies)


class SharedCtx(QueryCtx, Generic[A_co]):
    """The context of a shared query, whose result is the same for all in `audience`. There is no caller."""

    __slots__ = ("audience",)

    def __init__(
        self,
        db: Snapshot,
        now: float,
        settings: Settings,
        audience: A_co,
        dependencies: Dependencies | None = None,
    ) -> None:
        super().__init__(db, None, now, settings, dependencies)
        self.audience = audience

    @property
    def auth(self) -> NoReturn:
        """Refuse: there is no one caller.

        Raises:
            TypeError: Always.
        """
        raise TypeError("the result of a shared query is for many callers: let its guard look at the caller")

    def heartbeat(self, meeting_id: str, user_id: str) -> NoReturn:
        """Refuse: a shared query has no caller whom it could have seen.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a shared query runs for many callers: let its guard record the heartbeat")


class MutationCtx(QueryCtx):
    """The context of a mutation: it also writes, schedules, and draws random numbers that repeat on a retry."""

    __slots__ = ("_transaction", "scheduler", "measurements", "_seed", "_random", "_origin")

    def __init__(
        self,
        db: Transaction,
        auth: Identity | None,
        now: float,
        settings: Settings,
        scheduler: Scheduler,
        seed: Callable[[], int],
        origin: Callable[[], Origin] | None = None,
    ) -> None:
        super().__init__(db, auth, now, settings)
        self._transaction = db
        self.scheduler = scheduler
        self.measurements: list[Measurement] = []
        self._seed = seed
        self._random: Random | None = None
        self._origin = origin

    @property
    def origin(self) -> Origin | None:
        """Where the call comes from, None for the server's own."""
        return None if self._origin is None else self._origin()

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

    __slots__ = ("auth", "settings", "now", "_call", "scheduler", "node")

    def __init__(
        self,
        auth: Identity | None,
        settings: Settings,
        now: Callable[[], float],
        call: Callable[..., Any],
        scheduler: "AsyncScheduler",
        node: NodeView = UNKNOWN_NODE,
    ) -> None:
        self.auth = auth
        self.settings = settings
        self.now = now
        self._call = call
        self.scheduler = scheduler
        self.node = node

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
