"""The answers of live queries on one snapshot, made in slices of time."""

from collections.abc import Iterable
from time import monotonic, thread_time
from typing import NamedTuple

from connvo.store.engine import SnapshotHandle
from connvo.store.read_cache import SnapshotCache
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot

from .requests import QueryAnswer, QueryRequest, Run
from .time_shares import SLICE_SECONDS, Turns


class QueryResult(NamedTuple):
    """An answer, its read set, and its run time in seconds."""

    answer: QueryAnswer
    reads: ReadSet
    seconds: float


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
        self._planned: dict[QueryRequest, None] = {}
        self._results: dict[QueryRequest, QueryResult] = {}
        self.cache: SnapshotCache | None = None

    @property
    def is_over(self) -> bool:
        """Whether the slice is used up."""
        return monotonic() > self._until

    async def next_slice(self) -> None:
        """Wait for the next slice; everything else that is ready runs first."""
        await self._turns.next(self._rest if self._until else 0.0)
        self._until = monotonic() + SLICE_SECONDS

    def plan(self, requests: Iterable[QueryRequest]) -> None:
        """Plan requests that are certain to be needed."""
        if self._distant:
            self._planned.update(dict.fromkeys(requests))

    def lacks(self, requests: Iterable[QueryRequest]) -> bool:
        """Return whether one of the requests has no answer yet."""
        return any(request not in self._results for request in requests)

    def make_planned(self, db: Snapshot) -> None:
        """Run planned requests for the time of a slice. May run outside the event loop."""
        until = self._clock() + SLICE_SECONDS
        while self._planned and self._clock() < until:
            self._make(db, next(iter(self._planned)))

    async def answer(self, request: QueryRequest) -> QueryResult:
        """Return the result of a request, once; wait for a slice if it has not run yet."""
        if request not in self._results:
            if self._distant or self.is_over:
                await self.next_slice()
            await self._handle.run(lambda db: self._make_first(db, request))
        return self._results.pop(request)

    def _make_first(self, db: Snapshot, request: QueryRequest) -> None:
        self._make(db, request)
        self.make_planned(db)

    def _make(self, db: Snapshot, request: QueryRequest) -> None:
        reads = ReadSet()
        began = self._clock()
        answer = self._run(db, request, reads)
        self._results[request] = QueryResult(answer, reads, self._clock() - began)
        self._planned.pop(request, None)
