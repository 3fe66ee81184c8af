"""A queue in which people take turns: each one's items in their order, nobody's behind all of another's."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items by the person they belong to. The person at the front is next, and then goes to the end.

    A turn is one item, or with `round_seconds` as many as are taken within an equal part of that time: what one person
    has said in one go then stays together where there is time for it.

    Guarantees: with n people waiting, an item that is its person's first is taken within n turns.
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
        """Return how many items of a person wait."""
        return len(self._by_person.get(person, ()))

    def put(self, person: Hashable, item: T) -> None:
        """Add an item behind the others of its person."""
        self._by_person.setdefault(person, deque()).append(item)
        self._count += 1

    def take(self) -> T:
        """Remove and return the next item.

        Raises:
            IndexError: Nothing waits.
        """
        if not self._count:
            raise IndexError("nothing waits")
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
        """Add items that were taken, in that order, in front of the others of their person, whose turn comes first."""
        for person, item in reversed(list(items)):
            self._by_person.setdefault(person, deque()).appendleft(item)
            self._by_person.move_to_end(person, last=False)
            self._count += 1

    def drain(self) -> list[T]:
        """Remove and return everything, in the order in which it would have been taken."""
        return [self.take() for _ in range(self._count)]
