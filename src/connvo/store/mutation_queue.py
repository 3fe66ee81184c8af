"""Queue mutations, and answer their callers when the group of a mutation has ended.

One group runs at a time: after it ends, the next one begins if mutations are queued. Everything here belongs to the
event loop, except `Job.run`.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Generic, TypeAlias, TypeVar

from connvo.settings import LimitSettings

from .engine import SERVER, Committed, StoreBusy
from .mutation_lanes import MutationLanes
from .transaction import Transaction

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
# The timestamp at which the result of a mutation is visible, or its error.
Answer: TypeAlias = int | BaseException


class Job(Generic[T_co]):
    """A queued mutation of a person and the future of its result; of several runs the last one counts."""

    __slots__ = ("person", "urgent", "future", "_work", "_value")

    def __init__(
        self,
        work: Callable[[Transaction], T_co],
        future: "asyncio.Future[Committed[T_co]]",
        person: str,
        urgent: bool = False,
    ) -> None:
        self.person = person
        self.urgent = urgent
        self.future = future
        self._work = work

    def run(self, db: Transaction) -> None:
        """Run the work and keep its value, in the thread of the transaction."""
        self._value = self._work(db)

    def resolve(self, answer: Answer) -> None:
        """Resolve the future with the value or an error, unless its caller has cancelled it."""
        if self.future.cancelled():
            return
        if isinstance(answer, BaseException):
            self.future.set_exception(answer)
        else:
            self.future.set_result(Committed(self._value, answer))


class MutationQueue:
    """Queued mutations, by person; `run_group` begins a group of them, which ends with `finish` or `run_soon`.

    Guarantees: `run_group` is called only while mutations are queued and no group runs.
    """

    def __init__(self, limits: LimitSettings, run_group: Callable[[], None], round_seconds: float = 0.0) -> None:
        self._limits = limits
        self._run_group = run_group
        self._jobs: MutationLanes[Job[object]] = MutationLanes(round_seconds)
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._jobs)

    def open(self) -> None:
        """Take the running event loop as the one of all futures."""
        self._loop = asyncio.get_running_loop()

    def put(
        self, work: Callable[[Transaction], T], person: str, urgent: bool = False
    ) -> "asyncio.Future[Committed[T]]":
        """Queue `work` and return the future of its result; urgent work goes before that of others which is not.

        Raises:
            StoreBusy: Too many mutations are waiting, in all or of this person.
        """
        if len(self._jobs) >= self._limits.queued_mutations:
            raise StoreBusy("too many mutations are waiting; try again")
        if person != SERVER and self._jobs.waiting(person) >= self._limits.queued_mutations_per_account:
            raise StoreBusy("too many mutations of this account are waiting; try again")
        future: asyncio.Future[Committed[T]] = self._loop.create_future()
        job: Job[T] = Job(work, future, person, urgent)
        self._jobs.put(job)
        if self._idle.is_set():
            self._idle.clear()
            self.run_soon()
        return future

    def take(self) -> Job[object]:
        """Remove and return the next mutation.

        Raises:
            IndexError: The queue is empty.
        """
        return self._jobs.take()

    def drain(self) -> list[Job[object]]:
        """Remove and return all mutations, in the order of `take`."""
        return self._jobs.drain()

    def requeue(self, jobs: Iterable[Job[object]]) -> None:
        """Put mutations that were taken back in front of the others of their persons."""
        self._jobs.requeue(jobs)

    def run_soon(self) -> None:
        """Begin a group in the next turn of the event loop."""
        self._loop.call_soon(self._run_group)

    def finish(self, jobs: Iterable[Job[object]], answers: Iterable[Answer]) -> None:
        """Answer the callers of a group, and begin the next group if mutations are queued."""
        for job, answer in zip(jobs, answers, strict=True):
            job.resolve(answer)
        if self._jobs:
            # Callers resume first: a mutation that one of them cancels must not be begun meanwhile.
            self.run_soon()
        else:
            self._idle.set()

    async def wait_idle(self) -> None:
        """Wait until no mutation is queued or running."""
        await self._idle.wait()
