"""Signs of life, written rarely: what would be a write per call becomes one per member and interval.

Presence is told by what a member does anyway. Kept in memory between writes; losing it costs one extra write.
"""

from collections.abc import Awaitable, Callable, Set

from connvo.kernel.clock import within

NEVER = float("-inf")
Pair = tuple[str, str]
MAX_REMEMBERED = 100_000


class Heartbeats:
    """Forwards pairs to `write`, none of them too often."""

    def __init__(self, write: Callable[[str, str], Awaitable[object]]) -> None:
        self._write = write
        self._last: dict[Pair, float] = {}

    def due(self, pairs: Set[Pair], now_ms: float, interval_ms: float) -> list[Pair]:
        """Return the pairs that have not been written for an interval, and note them as written now."""
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
