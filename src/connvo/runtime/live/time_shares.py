"""The division of event loop time among the persons (accounts and networks) whose live queries run.

Work is cut into slices, one in each turn of the loop. A person that has used up its share of the time waits until it
has a share again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from time import monotonic

from connvo.kernel.fair_queue import NestedFairQueue

# The length of a slice. Between two slices the loop serves everything else that is ready.
SLICE_SECONDS = 0.005
# The part of the time that the live queries of one person may run, and the seconds that they may run at once.
SHARE = 0.25
BURST_SECONDS = 1.0
# Batches, each for many persons, wait for so many turns of single persons at most.
SINGLE_TURNS = 8
REMEMBERED = 10_000


class Turns:
    """The turns of the event loop: one slice in each, given to the waiting persons in a fair order.

    Callers without a person work for many at once. They have one turn in `SINGLE_TURNS` + 1 at least, in order.
    """

    def __init__(self) -> None:
        self._taken = False
        self._until = 0.0
        self._waiting: NestedFairQueue[asyncio.Future[None]] = NestedFairQueue()
        self._batches: deque[asyncio.Future[None]] = deque()
        self._single_turns = 0

    async def next(self, rest: float = 0.0, person: Hashable = None) -> None:
        """Wait for a turn after a rest: until the next `await`, the caller may keep the loop for a slice."""
        if rest:
            await asyncio.sleep(rest)
        loop = asyncio.get_running_loop()
        if self._taken:
            turn: asyncio.Future[None] = loop.create_future()
            if person is None:
                self._batches.append(turn)
            else:
                self._waiting.put(person, person, turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._pass_on()
                raise
        self._taken = True
        self._until = monotonic() + SLICE_SECONDS
        loop.call_soon(self._pass_on)

    async def join(self, person: Hashable = None) -> None:
        """Wait for a turn, or share the current one while its slice lasts and no caller waits for the next.

        For short work: several such callers then cost the loop one turn.
        """
        if not self._taken or self._waiting or self._batches or monotonic() > self._until:
            await self.next(person=person)

    def _pass_on(self) -> None:
        self._until = 0.0
        while self._waiting or self._batches:
            turn = self._take()
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False

    def _take(self) -> asyncio.Future[None]:
        if self._batches and (not self._waiting or self._single_turns >= SINGLE_TURNS):
            self._single_turns = 0
            return self._batches.popleft()
        self._single_turns += 1
        return self._waiting.take()


class Shares:
    """The run time that each person has used of its share.

    Each person has a virtual clock; run time moves it ahead by that time divided by the share. It may be ahead of the
    real clock by the burst; while it is further ahead, the work of the person waits.
    """

    def __init__(
        self, share: float = SHARE, burst: float = BURST_SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._share = share
        self._burst = burst
        self._clock = clock
        self._used_until: dict[Hashable, float] = {}
        self._max_persons = REMEMBERED

    def ready_at(self, person: Hashable) -> float:
        """Return the time from which the work of a person may run, on the monotonic clock; past if it may run now."""
        return self._used_until.get(person, 0.0) - self._burst

    def is_ready(self, person: Hashable) -> bool:
        """Return whether the work of a person may run now."""
        return self.ready_at(person) <= self._clock()

    def charge(self, person: Hashable, seconds: float) -> None:
        """Count run time of a person, in seconds."""
        now = self._clock()
        self._used_until[person] = max(self._used_until.get(person, 0.0), now) + seconds / self._share
        if len(self._used_until) > self._max_persons:
            self._used_until = {one: until for one, until in self._used_until.items() if until > now}
            self._max_persons = max(REMEMBERED, 2 * len(self._used_until))
