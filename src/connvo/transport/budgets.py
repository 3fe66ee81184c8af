"""Counters for one client's use: a rate with a burst, and the number open at once.

Guarantees: memory stays bounded however many clients there are. Counts are kept in the memory of one node; limits that
must hold across nodes are in the database.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from connvo.rules.token_bucket import take

MS = 1000.0
MAX_KEYS = 20_000


class RateBudget:
    """A token bucket for each key: `burst` at once, then `rate` a second.

    Beyond `max_keys` the key that was idle longest is dropped. By then its bucket is full, or the server is under
    attack from more networks than it counts.
    """

    def __init__(
        self,
        burst: float,
        rate: float,
        max_keys: int = MAX_KEYS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst = burst
        self._rate = rate
        self._max_keys = max_keys
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, cost: float = 1.0) -> float:
        """Return the seconds until a key's bucket holds `cost`, without taking any."""
        now = self._monotonic()
        tokens, since = self._buckets.get(key, (self._burst, now))
        return take(tokens, (now - since) * MS, self._burst, self._rate, cost).wait

    def left(self, key: str) -> float:
        """Return what a key's bucket holds, without taking any."""
        now = self._monotonic()
        tokens, since = self._buckets.get(key, (self._burst, now))
        return take(tokens, (now - since) * MS, self._burst, self._rate, 0.0).tokens

    def drain(self, key: str, cost: float) -> None:
        """Take `cost` from a key's bucket, or all that it holds if that is less."""
        self.take(key, min(cost, self.left(key)))

    def take(self, key: str, cost: float = 1.0) -> float:
        """Take `cost` from a key's bucket; return 0, or the seconds to wait when it holds too little."""
        now = self._monotonic()
        tokens, since = self._buckets.pop(key, (self._burst, now))
        taken = take(tokens, (now - since) * MS, self._burst, self._rate, cost)
        self._buckets[key] = (taken.tokens, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return taken.wait


class Occupancy:
    """The number or size of what is open, in total and for each key; only keys that have some use memory."""

    def __init__(self, limit: float, limit_per_key: int) -> None:
        self._limit = limit
        self._limit_per_key = limit_per_key
        self._total = 0
        self._by_key: dict[str, int] = {}

    def __len__(self) -> int:
        return self._total

    def enter(self, key: str, size: int = 1) -> bool:
        """Count so many more for a key; return False without counting where a limit would be exceeded."""
        mine = self._by_key.get(key, 0) + size
        if self._total + size > self._limit or mine > self._limit_per_key:
            return False
        self._total += size
        self._by_key[key] = mine
        return True

    def leave(self, key: str, size: int = 1) -> None:
        """Count so many less for a key that had entered."""
        self._total -= size
        mine = self._by_key[key] - size
        if mine:
            self._by_key[key] = mine
        else:
            del self._by_key[key]
