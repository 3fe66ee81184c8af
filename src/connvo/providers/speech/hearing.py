"""The interface of the part of an engine that tells speech from silence."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from connvo.kernel.part_health import PartHealth

OnWindows: TypeAlias = Callable[[tuple[float, ...]], None]


class Line(Protocol):
    """A stream of audio whose windows are judged."""

    async def send(self, samples: bytes) -> None:
        """Send audio; return once there is room for more."""
        ...

    def close(self) -> None:
        """End the stream."""
        ...


class Hearing(Protocol):
    """A detector of speech for many streams."""

    async def start(self) -> None:
        """Start it; it may become ready later."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...

    def health(self) -> PartHealth:
        """Return whether it works, and its state in words."""
        ...

    async def open(self, on_windows: OnWindows, on_lost: Callable[[], None]) -> Line:
        """Return a new stream.

        `on_windows` is called with the probability of speech in each window, in order; `on_lost` if the stream ends.

        Raises:
            EngineError: Nothing can hear now.
        """
        ...
