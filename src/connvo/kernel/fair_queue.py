"""Queue items fairly: persons take turns, alone or within parties, and the items of each person keep their order."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from heapq import heappop, heappush
from itertools import count
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


# The number of parties whose last turns are remembered.
REMEMBERED = 4096


class TurnOrder:
    """The order in which waiting parties have their turns: the one that has had none for longest is next.

    A party that asks for little hardly waits for those that always ask, as it had its last turn before theirs.

    Guarantees: with n parties waiting, each has its turn within 2n turns, however many others come meanwhile.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Hashable]] = []
        self._places: dict[Hashable, tuple[int, int]] = {}
        self._last_turns: OrderedDict[Hashable, int] = OrderedDict()
        self._turn = 0
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, party: Hashable) -> None:
        """Add a party that does not wait yet."""
        # Newcomers go ahead of parties that have had a turn lately, and not of those that have waited for a round.
        last = max(self._last_turns.get(party, 0), self._turn - len(self))
        self._place(party, last, next(self._numbers))

    def put_first(self, party: Hashable) -> None:
        """Give the next turn to a party, which may wait already."""
        self._place(party, -1, -next(self._numbers))

    def next(self) -> Hashable:
        """Return the party whose turn it is. One has to wait."""
        while True:
            *place, party = self._heap[0]
            if self._places.get(party) == tuple(place):
                return party
            heappop(self._heap)

    def end_turn(self, party: Hashable, waits: bool) -> None:
        """Record that a party has had its turn, and whether it still waits."""
        self._turn += 1
        self._last_turns[party] = self._turn
        self._last_turns.move_to_end(party)
        if len(self._last_turns) > REMEMBERED:
            self._last_turns.popitem(last=False)
        del self._places[party]
        if waits:
            self._place(party, self._turn, next(self._numbers))

    def _place(self, party: Hashable, last: int, number: int) -> None:
        self._places[party] = last, number
        heappush(self._heap, (last, number, party))


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

    def remove(self, person: Hashable) -> Iterable[T]:
        """Remove and return the items of a person, in their order."""
        items = self._by_person.pop(person, ())
        self._count -= len(items)
        return items

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


class NestedFairQueue(Generic[T]):
    """A fair queue of parties, each of which is a fair queue of persons; `TurnOrder` gives parties their turns."""

    def __init__(self) -> None:
        self._order = TurnOrder()
        self._by_party: dict[Hashable, FairQueue[T]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, party: Hashable, person: Hashable, item: T) -> None:
        """Add an item behind the others of its person in its party."""
        if party not in self._by_party:
            self._by_party[party] = FairQueue()
            self._order.add(party)
        self._by_party[party].put(person, item)
        self._count += 1

    def take(self) -> T:
        """Remove and return the next item.

        Raises:
            IndexError: The queue is empty.
        """
        if not self._count:
            raise IndexError("the queue is empty")
        party = self._order.next()
        persons = self._by_party[party]
        item = persons.take()
        self._count -= 1
        if not persons:
            del self._by_party[party]
        self._order.end_turn(party, waits=bool(persons))
        return item

    def requeue(self, items: Iterable[tuple[Hashable, Hashable, T]]) -> None:
        """Put taken items (party, person, item) back in front of all others, in this order."""
        for party, person, item in reversed(list(items)):
            self._by_party.setdefault(party, FairQueue()).requeue([(person, item)])
            self._order.put_first(party)
            self._count += 1
