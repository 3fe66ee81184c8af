"""A queue in which people take turns: each one's items in their order, nobody's behind all of another's."""

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items by the person they belong to. The person at the front is next, and then goes to the end.

    Guarantees: with n people waiting, an item that is its person's first is taken within n takes.
    """

    def __init__(self) -> None:
        self._by_person: OrderedDict[Hashable, deque[T]] = OrderedDict()
        self._count = 0

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
        person, items = next(iter(self._by_person.items()))
        item = items.popleft()
        self._count -= 1
        if items:
            self._by_person.move_to_end(person)
        else:
            del self._by_person[person]
        return item

    def put_back(self, items: Iterable[tuple[Hashable, T]]) -> None:
        """Add items that were taken, in that order, in front of the others of their person, whose turn comes first."""
        for person, item in reversed(list(items)):
            self._by_person.setdefault(person, deque()).appendleft(item)
            self._by_person.move_to_end(person, last=False)
            self._count += 1

    def drain(self) -> list[T]:
        """Remove and return everything, in the order in which it would have been taken."""
        return [self.take() for _ in range(self._count)]
