"""The frames that an ear was fed: which of them a sample is in, and when it was captured.

Times come from each frame, never from added durations: pauses and losses cannot shift what comes later.
"""

from bisect import bisect_right
from typing import NamedTuple

SAMPLES_PER_MS = 16.0
# Frames further apart than this were not captured in one piece: the page sends nothing while nothing is said.
GAP_MS = 400.0


class Piece(NamedTuple):
    """A frame: the position of its first sample, its sequence, and its time by the server's clock in ms."""

    start: int
    sequence: int
    at: float


class Timeline:
    """The frames of a stream that are not dealt with yet, in order."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._starts: list[int] = []
        self._samples = 0
        self._expected: tuple[int, float] | None = None

    def add(self, sequence: int, at: float, samples: int) -> bool:
        """Append a frame; return whether it continues the one before without a gap."""
        expected, end = self._expected, at + samples / SAMPLES_PER_MS
        self._expected = (sequence + 1, end)
        self._pieces.append(Piece(self._samples, sequence, at))
        self._starts.append(self._samples)
        self._samples += samples
        return expected is None or (expected[0] == sequence and abs(at - expected[1]) <= GAP_MS)

    def sequence_of(self, sample: int) -> int:
        """Return the sequence of the frame that a sample is in."""
        return self._piece(sample).sequence

    def time_of(self, sample: int) -> float:
        """Return when a sample was captured."""
        piece = self._piece(sample)
        return piece.at + (sample - piece.start) / SAMPLES_PER_MS

    def end_of(self, sample: int) -> float:
        """Return when the sample before this position had been captured."""
        return self.time_of(max(sample - 1, 0)) + 1 / SAMPLES_PER_MS

    def drop_before(self, sample: int) -> int | None:
        """Drop the frames that end at or before a sample; return the sequence of the last one, if any."""
        count = bisect_right(self._starts, sample) - 1
        if sample >= self._samples:
            count = len(self._pieces)
        if count <= 0:
            return None
        last = self._pieces[count - 1].sequence
        del self._pieces[:count], self._starts[:count]
        return last

    def drop_all(self) -> None:
        """Drop all frames."""
        self._pieces.clear()
        self._starts.clear()

    def _piece(self, sample: int) -> Piece:
        return self._pieces[max(bisect_right(self._starts, sample) - 1, 0)]
