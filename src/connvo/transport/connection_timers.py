"""The timers of one connection: deadlines, the discarding of bytes that come too late, and the watch over writing.

Guarantees: a timer runs only while it is needed, and never after it was cancelled.

Does not know: HTTP. The callbacks close the connection.
"""

import asyncio
from collections.abc import Callable

MIN_BYTES_PER_SECOND = 1024


class Deadline:
    """A timer that can be set again."""

    __slots__ = ("_handle", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Return whether the timer runs."""
        return self._handle is not None

    def set(self, seconds: float, passed: Callable[[], None]) -> None:
        """Call `passed` in so many seconds, instead of what was set before."""
        self.cancel()
        self._handle = self._loop.call_later(seconds, self._end, passed)

    def cancel(self) -> None:
        """Stop the timer."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _end(self, passed: Callable[[], None]) -> None:
        self._handle = None
        passed()


class Discarding:
    """The discarding of received bytes, up to a size and a time: a client that still sends reads no answer."""

    __slots__ = ("_deadline", "_end", "_left")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._deadline = Deadline(loop)
        self._end: Callable[[], None] | None = None
        self._left = 0

    @property
    def is_on(self) -> bool:
        """Return whether bytes are discarded now."""
        return self._end is not None

    def start(self, max_bytes: int, seconds: float, end: Callable[[], None]) -> None:
        """Begin; `end` is called at the first byte too many, or when the time is over."""
        self._left, self._end = max_bytes, end
        self._deadline.set(seconds, end)

    def add(self, size: int) -> None:
        """Discard bytes."""
        self._left -= size
        if self._left < 0 and self._end is not None:
            self._end()

    def stop(self) -> None:
        """Discard nothing more."""
        self._end = None
        self._deadline.cancel()


class WriteWatch:
    """The check that a client reads what is written to it: at least `MIN_BYTES_PER_SECOND`, over `seconds`."""

    __slots__ = ("_deadline", "_seconds", "_stalled", "_unsent")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, stalled: Callable[[], None]) -> None:
        self._deadline = Deadline(loop)
        self._seconds = seconds
        self._stalled = stalled
        self._unsent = 0

    def start(self, transport: asyncio.WriteTransport) -> None:
        """Begin: the buffer of the transport is full."""
        self._unsent = transport.get_write_buffer_size()
        self._deadline.set(self._seconds, lambda: self._check(transport))

    def stop(self) -> None:
        """End: the client has read most of it."""
        self._deadline.cancel()

    def _check(self, transport: asyncio.WriteTransport) -> None:
        if self._unsent - transport.get_write_buffer_size() < MIN_BYTES_PER_SECOND * self._seconds:
            self._stalled()
        else:
            self.start(transport)
