"""Record what a function read, as ranges of index keys.

A read set serves to wake the subscriptions that a commit touches, to validate mutations, and to decide whether a
result still holds at a later timestamp. A range is a fixed prefix and optional bounds on the rest of the key.
"""

import msgspec

from connvo.kernel.keys import Key, rank


class Range(msgspec.Struct, frozen=True):
    """The keys of (table, index) that start with `prefix` and whose rest is within the bounds.

    A bound is (rest of the key, inclusive). A bound shorter than the rest compares by its own length, so an
    inclusive upper bound covers everything that starts with it.
    """

    table: str
    index: str
    prefix: Key
    lower: tuple[Key, bool] | None = None
    upper: tuple[Key, bool] | None = None

    def covers(self, key: Key) -> bool:
        """Return whether a key with this prefix is within the bounds."""
        rest = key[len(self.prefix) :]
        if self.lower is not None:
            bound, inclusive = self.lower
            have, want = rank(rest[: len(bound)]), rank(bound)
            if have < want or (have == want and not inclusive):
                return False
        if self.upper is not None:
            bound, inclusive = self.upper
            have, want = rank(rest[: len(bound)]), rank(bound)
            if have > want or (have == want and not inclusive):
                return False
        return True


class ReadSet:
    """The ranges that one run has read; the cost of `touches` does not depend on their number."""

    __slots__ = ("ranges",)

    def __init__(self) -> None:
        self.ranges: dict[tuple[str, str], dict[Key, list[Range]]] = {}

    def add(self, item: Range) -> None:
        """Record a range."""
        by_prefix = self.ranges.setdefault((item.table, item.index), {})
        held = by_prefix.setdefault(item.prefix, [])
        if item not in held:
            held.append(item)

    def touches(self, table: str, index: str, key: Key) -> bool:
        """Return whether a written key is in any recorded range."""
        by_prefix = self.ranges.get((table, index))
        if not by_prefix:
            return False
        for length in range(len(key) + 1):
            for item in by_prefix.get(key[:length], ()):
                if item.covers(key):
                    return True
        return False

    def __len__(self) -> int:
        return sum(len(held) for by_prefix in self.ranges.values() for held in by_prefix.values())
