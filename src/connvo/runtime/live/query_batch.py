"""The answers of live queries on one snapshot, made in slices of time."""

from collections.abc import Iterable
from time import monotonic, perf_counter, thread_time
from typing import NamedTuple

from connvo.store.engine import SnapshotHandle
from connvo.store.read_cache import SnapshotCache
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot

from .requests import AnyRun, QueryAnswer, Run
from .time_shares import SLICE_SECONDS, Turns

# The slices of a batch after which it serves no other client. In a distant database a trip takes one, and the guard and
# the body of a shared query take a trip each.
LOCAL_SLICES, DISTANT_SLICES = 1, 4


class QueryResult(NamedTuple):
    """An answer, its read set, the processor time of its run and the time that it took, in seconds.

    Callers pay for processor time: on a busy machine the run of a cheap query takes long now and then, and is no less
    cheap.
    """

    answer: QueryAnswer
    reads: ReadSet
    seconds: float
    elapsed: float = 0.0


class QueryBatch:
    """The runs of live queries on a snapshot.

    `distant`: runs leave the event loop and mostly wait, so slices measure processor time. One trip to the database
    then makes as many of the planned ones as fit in a slice. `rest` is a pause in seconds before each slice except the
    first.
    """

    def __init__(self, handle: SnapshotHandle, run: Run, turns: Turns, distant: bool, rest: float = 0.0) -> None:
        self._handle = handle
        self._run = run
        self._turns = turns
        self._distant = distant
        self._rest = rest
        self._clock = thread_time if distant else monotonic
        self._until = 0.0
        self._slices = 0
        self._planned: dict[AnyRun, None] = {}
        self._results: dict[AnyRun, QueryResult] = {}
        self.cache: SnapshotCache | None = None

    @property
    def plans(self) -> bool:
        """Whether planned runs are made in advance."""
        return self._distant

    @property
    def is_over(self) -> bool:
        """Whether the slice is used up."""
        return monotonic() > self._until

    @property
    def is_used_up(self) -> bool:
        """Whether it has had so many slices that others, who have waited meanwhile, go first."""
        return self._slices > (DISTANT_SLICES if self._distant else LOCAL_SLICES)

    async def next_slice(self) -> None:
        """Wait for the next slice; everything else that is ready runs first."""
        await self._turns.next(self._rest if self._until else 0.0)
        self._until = monotonic() + SLICE_SECONDS
        self._slices += 1

    def plan(self, runs: Iterable[AnyRun]) -> None:
        """Plan runs that are certain to be needed."""
        if self._distant:
            self._planned.update((run, None) for run in runs if run not in self._results)

    def lacks(self, runs: Iterable[AnyRun]) -> bool:
        """Return whether one of these has not run yet."""
        return any(run not in self._results for run in runs)

    def make_planned(self, db: Snapshot) -> None:
        """Run planned requests for the time of a slice. May run outside the event loop."""
        until = self._clock() + SLICE_SECONDS
        while self._planned and self._clock() < until:
            self._make(db, next(iter(self._planned)))

    async def answer(self, run: AnyRun) -> QueryResult:
        """Return the result of a run, once; wait for a slice if it was not made yet."""
        if run not in self._results:
            if self._distant or self.is_over:
                await self.next_slice()
            await self._handle.run(lambda db: self._make_first(db, run))
        return self._results.pop(run)

    def _make_first(self, db: Snapshot, run: AnyRun) -> None:
        self._make(db, run)
        self.make_planned(db)

    def _make(self, db: Snapshot, run: AnyRun) -> None:
        reads = ReadSet()
        began, started = thread_time(), perf_counter()
        answer = self._run(db, run, reads)
        self._results[run] = QueryResult(answer, reads, thread_time() - began, perf_counter() - started)
        self._planned.pop(run, None)
