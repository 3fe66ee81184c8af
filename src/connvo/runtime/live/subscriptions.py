"""Who cares about which keys: live read sets, found by the keys a commit wrote.

A commit costs a few dictionary look-ups per written key, however many subscriptions there are. A subscription
that was touched is `stale` until it is run again; nothing else is done to it here.
"""

from collections.abc import Callable, Iterator

from connvo.kernel.keys import Key
from connvo.store.read_set import Range, ReadSet
from connvo.store.write_set import WrittenKeys


class Subscription:
    """One live read set. `on_stale` is called once, when a commit first touches it."""

    __slots__ = ("reads", "stale", "on_stale")

    def __init__(self, reads: ReadSet, on_stale: Callable[[], None]) -> None:
        self.reads = reads
        self.on_stale = on_stale
        self.stale = False

    def touch(self) -> None:
        """Mark it stale."""
        if not self.stale:
            self.stale = True
            self.on_stale()


class Index:
    """The subscriptions of one index: by the prefix of each range, and how many prefixes there are of each length."""

    __slots__ = ("by_prefix", "lengths")

    def __init__(self) -> None:
        self.by_prefix: dict[Key, dict[Subscription, list[Range]]] = {}
        self.lengths: dict[int, int] = {}

    def add(self, prefix: Key, subscription: Subscription, ranges: list[Range]) -> None:
        """Enter the ranges that share a prefix."""
        self.by_prefix.setdefault(prefix, {})[subscription] = ranges
        self.lengths[len(prefix)] = self.lengths.get(len(prefix), 0) + 1

    def remove(self, prefix: Key, subscription: Subscription) -> None:
        """Take the ranges of a prefix out again."""
        held = self.by_prefix[prefix]
        del held[subscription]
        if not held:
            del self.by_prefix[prefix]
        length = len(prefix)
        self.lengths[length] -= 1
        if not self.lengths[length]:
            del self.lengths[length]

    def touched(self, keys: list[Key]) -> Iterator[Subscription]:
        """Yield the subscriptions with a range that holds one of the keys; some more than once."""
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
        """Register a subscription; from now on commits touch it."""
        self._all.add(subscription)
        for (table, name), by_prefix in subscription.reads.ranges.items():
            index = self._indexes.setdefault(f"{table}/{name}", Index())
            for prefix, ranges in by_prefix.items():
                index.add(prefix, subscription, ranges)

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscription; removing it twice is the same as once."""
        if subscription not in self._all:
            return
        self._all.discard(subscription)
        for (table, name), by_prefix in subscription.reads.ranges.items():
            index = self._indexes[f"{table}/{name}"]
            for prefix in by_prefix:
                index.remove(prefix, subscription)

    def apply(self, written: WrittenKeys) -> None:
        """Mark what a commit touched."""
        for place, keys in written.keys.items():
            index = self._indexes.get(place)
            if index is not None:
                for subscription in list(index.touched(keys)):
                    subscription.touch()

    def touch_all(self) -> None:
        """Mark everything: the log no longer tells what was missed."""
        for subscription in list(self._all):
            subscription.touch()
