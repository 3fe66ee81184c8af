"""The order in which clients have their stale queries run: those who ask for little at once, others as they can afford.

Guarantees: one person's queries wait for those of another only as long as a few slices take, unless both have used up
their share of the time; the one who has used more of it then waits longer.
"""

import asyncio
import heapq
from collections.abc import Hashable
from itertools import count
from time import monotonic
from typing import Generic, Protocol, TypeVar

from connvo.kernel.fair_queue import FairQueue

from .time_shares import Shares

# A refresh that presumably takes longer has to wait for its turn even if the person has used nothing.
LONG_SECONDS = 0.1
TAKEN_AT_ONCE = 64


class Asked(Protocol):
    """Somebody who asks for a refresh, and how long it will presumably take."""

    @property
    def person(self) -> Hashable:
        """Whose share it uses."""
        ...

    @property
    def estimate(self) -> float:
        """How long it will presumably take, in seconds."""
        ...


A = TypeVar("A", bound=Asked)


class RefreshQueue(Generic[A]):
    """Refreshes that wait. The short ones are taken several at once, the long ones one by one."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._short: FairQueue[A] = FairQueue()
        self._long: list[tuple[float, int, A]] = []
        self._numbers = count()
        self._arrived = asyncio.Event()

    @property
    def has_short(self) -> bool:
        """Return whether a short one waits."""
        return len(self._short) > 0

    @property
    def has_long(self) -> bool:
        """Return whether a long one waits."""
        return len(self._long) > 0

    def put(self, asked: A) -> None:
        """Add a refresh; it is short if it presumably takes little time and its person may use that now."""
        if asked.estimate <= LONG_SECONDS and self._shares.is_ready(asked.person):
            self._short.put(asked.person, asked)
        else:
            self.put_long(asked)

    def put_long(self, asked: A) -> None:
        """Add a refresh that has turned out to be long."""
        ready_at = max(monotonic(), self._shares.ready_at(asked.person))
        heapq.heappush(self._long, (ready_at, next(self._numbers), asked))
        self._arrived.set()

    def requeue(self, asked: list[A]) -> None:
        """Add short ones that were taken and not served, in front of all others."""
        self._short.requeue([(one.person, one) for one in asked])

    def take_short(self) -> list[A]:
        """Remove and return the next short ones."""
        return [self._short.take() for _ in range(min(len(self._short), TAKEN_AT_ONCE))]

    async def take_long(self) -> A:
        """Wait for the next long one whose person may use more time, remove and return it. One has to be there."""
        while True:
            ready_at, number, asked = self._long[0]
            now, ready_now_at = monotonic(), self._shares.ready_at(asked.person)
            if ready_now_at > max(ready_at, now):  # has used more since then
                heapq.heapreplace(self._long, (ready_now_at, number, asked))
            elif ready_at <= now:
                heapq.heappop(self._long)
                return asked
            else:
                self._arrived.clear()
                try:
                    async with asyncio.timeout(ready_at - now):
                        await self._arrived.wait()
                except TimeoutError:
                    continue
