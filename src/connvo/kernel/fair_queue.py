"""Queue items fairly: persons take turns, and the items of each person keep their order."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """A queue of items by person; the person at the front is next, and then goes to the end.

    A turn is one item or, with `round_seconds`, as many items as are taken in an equal part of that time. Items that a
    person put together then stay together if time allows.

    Guarantees: with n persons waiting, the first item of each is taken within n turns.
    """

    def __init__(self, round_seconds: float = 0.0, clock: Callable[[], float] = monotonic) -> None:
        self._by_person: OrderedDict[Hashable, deque[T]] = OrderedDict()
        self._count = 0
        self._round_seconds = round_seconds
        self._clock = clock
        self._turn_of: Hashable = None
        self._turn_ends = 0.0

    def __len__(self) -> int:
        return self._count

    def waiting(self, person: Hashable) -> int:
        """Return the number of waiting items of a person."""
        return len(self._by_person.get(person, ()))

    def put(self, person: Hashable, item: T) -> None:
        """Add an item behind the others of its person."""
        self._by_person.setdefault(person, deque()).append(item)
        self._count += 1

    def take(self) -> T:
        """Remove and return the next item.

        Raises:
            IndexError: The queue is empty.
        """
        if not self._count:
            raise IndexError("the queue is empty")
        person = self._next_person()
        items = self._by_person[person]
        item = items.popleft()
        self._count -= 1
        if items:
            self._by_person.move_to_end(person)
        else:
            del self._by_person[person]
        return item

    def _next_person(self) -> Hashable:
        if not self._round_seconds:
            return next(iter(self._by_person))
        now = self._clock()
        if now >= self._turn_ends or self._turn_of not in self._by_person:
            self._turn_of = next(iter(self._by_person))
            self._turn_ends = now + self._round_seconds / len(self._by_person)
        return self._turn_of

    def requeue(self, items: Iterable[tuple[Hashable, T]]) -> None:
        """Put taken items back in front of the others of their persons, in this order, and give these the next turn."""
        for person, item in reversed(list(items)):
            self._by_person.setdefault(person, deque()).appendleft(item)
            self._by_person.move_to_end(person, last=False)
            self._count += 1

    def drain(self) -> list[T]:
        """Remove and return all items, in the order of `take`."""
        return [self.take() for _ in range(self._count)]
