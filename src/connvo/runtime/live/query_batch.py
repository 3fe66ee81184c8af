"""Answers made on one snapshot, a slice of time after the other."""

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
    """An answer, what it read, and how long its run took."""

    answer: QueryAnswer
    reads: ReadSet
    seconds: float


class QueryBatch:
    """Runs questions on a snapshot.

    `distant`: runs leave the event loop and mostly wait. Their processor time is what others notice then, and one trip
    makes as many of the planned ones as a slice has time for. `rest` is a pause before each slice but the first.
    """

    def __init__(self, held: SnapshotHandle, run: Run, turns: Turns, distant: bool, rest: float = 0.0) -> None:
        self._held = held
        self._run = run
        self._turns = turns
        self._distant = distant
        self._rest = rest
        self._clock = thread_time if distant else monotonic
        self._until = 0.0
        self._planned: dict[QueryRequest, None] = {}
        self._made: dict[QueryRequest, QueryResult] = {}
        self.memories: SnapshotCache | None = None

    @property
    def is_over(self) -> bool:
        """Return whether the slice is used up."""
        return monotonic() > self._until

    async def next_slice(self) -> None:
        """Wait for the next slice; everything else that is ready runs before it."""
        await self._turns.next(self._rest if self._until else 0.0)
        self._until = monotonic() + SLICE_SECONDS

    def plan(self, questions: Iterable[QueryRequest]) -> None:
        """Note questions that are certain to be asked for."""
        if self._distant:
            self._planned.update(dict.fromkeys(questions))

    def lacks(self, questions: Iterable[QueryRequest]) -> bool:
        """Return whether one of these has not been made."""
        return any(question not in self._made for question in questions)

    def make_planned(self, db: Snapshot) -> None:
        """Run what is planned for the time of a slice. May run outside the event loop."""
        until = self._clock() + SLICE_SECONDS
        while self._planned and self._clock() < until:
            self._make(db, next(iter(self._planned)))

    async def answer(self, question: QueryRequest) -> QueryResult:
        """Return what came of a question. It is given away once; waits for a slice where it was not made yet."""
        if question not in self._made:
            if self._distant or self.is_over:
                await self.next_slice()
            await self._held.run(lambda db: self._make_first(db, question))
        return self._made.pop(question)

    def _make_first(self, db: Snapshot, question: QueryRequest) -> None:
        self._make(db, question)
        self.make_planned(db)

    def _make(self, db: Snapshot, question: QueryRequest) -> None:
        reads = ReadSet()
        began = self._clock()
        answer = self._run(db, question, reads)
        self._made[question] = QueryResult(answer, reads, self._clock() - began)
        self._planned.pop(question, None)
