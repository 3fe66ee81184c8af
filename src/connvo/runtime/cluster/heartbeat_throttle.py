"""Heartbeats, throttled: one write per member and interval instead of one per call.

The ordinary calls of a member are its heartbeats. The times of the last writes are in memory alone; losing them costs
one extra write per member.
"""

from collections.abc import Awaitable, Callable, Set

from connvo.kernel.clock import within

NEVER = float("-inf")
Pair = tuple[str, str]
MAX_REMEMBERED = 100_000


class HeartbeatThrottle:
    """The last writes of heartbeats, by meeting and member."""

    def __init__(self, write: Callable[[str, str], Awaitable[object]]) -> None:
        self._write = write
        self._last: dict[Pair, float] = {}

    def due(self, pairs: Set[Pair], now_ms: float, interval_ms: float) -> list[Pair]:
        """Return the pairs that have not been written for an interval, and record them as written now."""
        found = [pair for pair in pairs if not within(now_ms, self._last.get(pair, NEVER), interval_ms)]
        if found and len(self._last) > MAX_REMEMBERED:
            self._last.clear()
        for pair in found:
            self._last[pair] = now_ms
        return found

    async def forward(self, pairs: list[Pair]) -> None:
        """Write the pairs."""
        for meeting, member in pairs:
            await self._write(meeting, member)
