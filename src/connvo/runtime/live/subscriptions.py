"""The index of live read sets, searched by the keys that a commit wrote.

Guarantees: a commit costs a few dictionary look-ups per written key, however many subscriptions there are. A touched
subscription is `stale` until its query runs again.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from connvo.kernel.keys import Key
from connvo.store.read_set import Range, ReadSet
from connvo.store.write_set import WrittenKeys


class Subscription(ABC):
    """One live read set. `tell` is called once, when a commit first touches it."""

    __slots__ = ("reads", "stale")

    def __init__(self, reads: ReadSet) -> None:
        self.reads = reads
        self.stale = False

    @abstractmethod
    def tell(self) -> None:
        """Tell those who were given the result of the run that it is not the newest."""

    def touch(self) -> None:
        """Mark the subscription as stale."""
        if not self.stale:
            self.stale = True
            self.tell()


class Index:
    """The subscriptions of one index by the prefix of each range, and the number of prefixes of each length."""

    __slots__ = ("by_prefix", "lengths")

    def __init__(self) -> None:
        self.by_prefix: dict[Key, dict[Subscription, list[Range]]] = {}
        self.lengths: dict[int, int] = {}

    def add(self, prefix: Key, subscription: Subscription, ranges: list[Range]) -> None:
        """Add the ranges of a subscription that share a prefix."""
        self.by_prefix.setdefault(prefix, {})[subscription] = ranges
        self.lengths[len(prefix)] = self.lengths.get(len(prefix), 0) + 1

    def remove(self, prefix: Key, subscription: Subscription) -> None:
        """Remove the ranges of a subscription that share a prefix."""
        held = self.by_prefix[prefix]
        del held[subscription]
        if not held:
            del self.by_prefix[prefix]
        length = len(prefix)
        self.lengths[length] -= 1
        if not self.lengths[length]:
            del self.lengths[length]

    def touched(self, keys: list[Key]) -> Iterator[Subscription]:
        """Yield the subscriptions with a range that contains one of the keys; some more than once."""
        for key in keys:
            for length in self.lengths:
                for subscription, ranges in self.by_prefix.get(key[:length], {}).items():
                    if not subscription.stale and any(item.covers(key) for item in ranges):
                        yield subscription


class Subscriptions:
    """All live read sets of this process."""

    def __init__(self) -> None:
        self._indexes: dict[str, Index] = {}
        self._all: set[Subscription] = set()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, subscription: Subscription) -> None:
        """Register a subscription; later commits touch it."""
        self._all.add(subscription)
        for (table, name), by_prefix in subscription.reads.ranges.items():
            index = self._indexes.setdefault(f"{table}/{name}", Index())
            for prefix, ranges in by_prefix.items():
                index.add(prefix, subscription, ranges)

    def remove(self, subscription: Subscription) -> None:
        """Remove a subscription; a second removal does nothing."""
        if subscription not in self._all:
            return
        self._all.discard(subscription)
        for (table, name), by_prefix in subscription.reads.ranges.items():
            index = self._indexes[f"{table}/{name}"]
            for prefix in by_prefix:
                index.remove(prefix, subscription)

    def apply(self, written: WrittenKeys) -> None:
        """Mark the subscriptions that a commit touches as stale."""
        for index_name, keys in written.keys.items():
            index = self._indexes.get(index_name)
            if index is not None:
                for subscription in list(index.touched(keys)):
                    subscription.touch()

    def touch_all(self) -> None:
        """Mark every subscription as stale, because the log no longer has the missed commits."""
        for subscription in list(self._all):
            subscription.touch()
