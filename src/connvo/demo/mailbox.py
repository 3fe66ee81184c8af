"""A member's signals over plain HTTP: polled, handled in order, acknowledged.

Guarantees:
    Each signal is handled once and then marked as processed.

Does not know:
    The meaning of a signal.
"""

import asyncio
from collections.abc import Awaitable, Callable

from .answers import Signal
from .calls import Signalling

POLL_SECONDS = 0.06
DRAIN_POLLS = 30


class Mailbox:
    """The signals of one meeting. `handle` gets each of them; `handled` counts them."""

    def __init__(self, signalling: Signalling, meeting: str, handle: Callable[[Signal], Awaitable[None]]) -> None:
        self._signalling = signalling
        self._meeting = meeting
        self._handle = handle
        self._cursor: str | None = None
        self.handled = 0

    async def watch(self) -> None:
        """Handle signals until cancelled."""
        while True:
            if not await self._take():
                await asyncio.sleep(POLL_SECONDS)

    async def drain(self) -> int:
        """Handle the remaining signals, and return how many still wait; 0 is expected."""
        waiting = 0
        for _ in range(DRAIN_POLLS):
            await self._take()
            waiting = len(await self._signalling.get_pending_signals(self._meeting))
            if not waiting:
                break
            await asyncio.sleep(POLL_SECONDS)
        return waiting

    async def _take(self) -> bool:
        signals = await self._signalling.get_pending_signals(self._meeting, self._cursor)
        for signal in signals:
            await self._handle(signal)
            self.handled += 1
        if signals:
            self._cursor = signals[-1].id
            await self._signalling.mark_signals_processed([signal.id for signal in signals])
        return bool(signals)
