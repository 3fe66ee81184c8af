"""The queue of refreshes: short ones run at once, long ones when their account or network has time left.

Guarantees: the queries of one party (an account or network, or the crowd of a large meeting) wait for those of another
only for a few slices, unless both persons have used up their share of the time; then the one that has used more waits
longer. Within a party, persons take turns.
"""

import asyncio
import heapq
from collections.abc import Hashable
from itertools import count
from time import monotonic
from typing import Generic, Protocol, TypeVar

from connvo.kernel.fair_queue import NestedFairQueue

from .time_shares import Shares

# A refresh with a higher estimate is a long one, even if its person has used no time.
LONG_SECONDS = 0.1
TAKEN_AT_ONCE = 64


class Queued(Protocol):
    """A refresh as the queue sees it."""

    @property
    def person(self) -> Hashable:
        """The account or network whose share it uses."""
        ...

    @property
    def party(self) -> Hashable:
        """The party with which it takes turns."""
        ...

    @property
    def estimate(self) -> float:
        """The estimated run time, in seconds."""
        ...


A = TypeVar("A", bound=Queued)


class RefreshQueue(Generic[A]):
    """The refreshes that wait. Short ones are taken several at once, long ones one by one."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._short: NestedFairQueue[A] = NestedFairQueue()
        self._long: list[tuple[float, int, A]] = []
        self._numbers = count()
        self._arrived = asyncio.Event()

    @property
    def has_short(self) -> bool:
        """Whether a short refresh waits."""
        return len(self._short) > 0

    @property
    def has_long(self) -> bool:
        """Whether a long refresh waits."""
        return len(self._long) > 0

    def put(self, refresh: A) -> None:
        """Add a refresh; it is short if its estimate is low and its person has time left now."""
        if refresh.estimate <= LONG_SECONDS and self._shares.is_ready(refresh.person):
            self._short.put(refresh.party, refresh.person, refresh)
        else:
            self.put_long(refresh)

    def put_long(self, refresh: A) -> None:
        """Add a refresh that has turned out to be long."""
        ready_at = max(monotonic(), self._shares.ready_at(refresh.person))
        heapq.heappush(self._long, (ready_at, next(self._numbers), refresh))
        self._arrived.set()

    def requeue(self, refreshes: list[A]) -> None:
        """Add short refreshes that were taken and not served, in front of all others."""
        self._short.requeue([(one.party, one.person, one) for one in refreshes])

    def take_short(self) -> list[A]:
        """Remove and return the next short refreshes."""
        return [self._short.take() for _ in range(min(len(self._short), TAKEN_AT_ONCE))]

    async def take_long(self) -> A:
        """Wait for the next long refresh whose person has time left; remove and return it. There has to be one."""
        while True:
            ready_at, number, refresh = self._long[0]
            now, ready_now_at = monotonic(), self._shares.ready_at(refresh.person)
            if ready_now_at > max(ready_at, now):  # its person has used more time since it was queued
                heapq.heapreplace(self._long, (ready_now_at, number, refresh))
            elif ready_at <= now:
                heapq.heappop(self._long)
                return refresh
            else:
                self._arrived.clear()
                try:
                    async with asyncio.timeout(ready_at - now):
                        await self._arrived.wait()
                except TimeoutError:
                    continue
