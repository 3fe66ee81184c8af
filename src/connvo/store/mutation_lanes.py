"""The order of queued mutations: urgent ones first, in each lane those of different persons in turn.

Guarantees: the mutations of one person stay in order. While both lanes are in use, one mutation in `URGENT_AT_ONCE` + 1
is not urgent, so urgent ones cannot keep all others out.
"""

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from connvo.kernel.fair_queue import FairQueue

URGENT_AT_ONCE = 3


class Queued(Protocol):
    """A mutation as its queue sees it."""

    @property
    def person(self) -> str:
        """The account whose turn it takes."""
        ...

    @property
    def urgent(self) -> bool:
        """Whether it goes before those that are not."""
        ...


J = TypeVar("J", bound=Queued)


class MutationLanes(Generic[J]):
    """The lane of urgent mutations and that of all others."""

    def __init__(self, round_seconds: float = 0.0) -> None:
        self._urgent: FairQueue[J] = FairQueue(round_seconds)
        self._others: FairQueue[J] = FairQueue(round_seconds)
        self._urgent_in_a_row = 0

    def __len__(self) -> int:
        return len(self._urgent) + len(self._others)

    def waiting(self, person: str) -> int:
        """Return the number of waiting mutations of a person."""
        return self._urgent.waiting(person) + self._others.waiting(person)

    def put(self, job: J) -> None:
        """Add a mutation behind the others of its person."""
        self._lane_of(job).put(job.person, job)

    def requeue(self, jobs: Iterable[J]) -> None:
        """Put taken mutations back in front of the others of their persons, in this order."""
        for job in reversed(list(jobs)):
            self._lane_of(job).requeue([(job.person, job)])

    def take(self) -> J:
        """Remove and return the next mutation.

        Raises:
            IndexError: The queue is empty.
        """
        if self._urgent and (not self._others or self._urgent_in_a_row < URGENT_AT_ONCE):
            self._urgent_in_a_row += 1
            return self._urgent.take()
        self._urgent_in_a_row = 0
        return self._others.take()

    def drain(self) -> list[J]:
        """Remove and return all mutations, in the order of `take`."""
        return [self.take() for _ in range(len(self))]

    def _lane_of(self, job: J) -> FairQueue[J]:
        """Return the lane for a mutation; all that a person has waiting are in one, so that they stay in order."""
        person = job.person
        if job.urgent and not self._others.waiting(person):
            return self._urgent
        for earlier in self._urgent.remove(person):
            self._others.put(person, earlier)
        return self._others
