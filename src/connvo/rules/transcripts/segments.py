"""Segments: consecutive chunks of one speaker as one paragraph.

Chunks are ordered by start, and by sequence where starts are equal. A segment is a run in this order, so no chunk of
another speaker begins inside it. A run ends after a pause of five seconds, or before it would have more than sixty
seconds or 1,200 characters; a longer chunk is a segment alone.
"""

import re
from collections.abc import Iterable

import msgspec

from . import folding
from .chunks import UNSPACED

MAX_GAP_MS = 5_000.0
MAX_SEGMENT_MS = 60_000.0
MAX_CHARACTERS = 1_200


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A chunk as segments see it."""

    sequence: int
    speaker: str
    start_ms: float
    end_ms: float
    text: str

    @property
    def place(self) -> tuple[float, int]:
        """The position in the order of chunks."""
        return (self.start_ms, self.sequence)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A segment: the chunks from `first` to `last` in their order; `last_start_ms` is the start of the last one."""

    speaker: str
    first: int
    last: int
    start_ms: float
    last_start_ms: float
    end_ms: float
    text: str

    @property
    def last_place(self) -> tuple[float, int]:
        """The position of its last chunk."""
        return (self.last_start_ms, self.last)


def begin(piece: Piece) -> Run:
    """Return the segment of one chunk."""
    return Run(
        speaker=piece.speaker,
        first=piece.sequence,
        last=piece.sequence,
        start_ms=piece.start_ms,
        last_start_ms=piece.start_ms,
        end_ms=piece.end_ms,
        text=piece.text,
    )


def join(run: Run, piece: Piece) -> Run | None:
    """Return a segment with the chunk that follows it, or None if that chunk begins another one."""
    longer = msgspec.structs.replace(
        run,
        last=piece.sequence,
        last_start_ms=piece.start_ms,
        end_ms=max(run.end_ms, piece.end_ms),
        text=f"{run.text} {piece.text}",
    )
    fits = (
        piece.speaker == run.speaker
        and piece.start_ms - run.end_ms <= MAX_GAP_MS
        and longer.end_ms - longer.start_ms <= MAX_SEGMENT_MS
        and len(longer.text) <= MAX_CHARACTERS
    )
    return longer if fits else None


def group(pieces: Iterable[Piece]) -> list[Run]:
    """Return the segments of chunks, whatever their order."""
    runs: list[Run] = []
    for piece in sorted(pieces, key=lambda one: one.place):
        longer = join(runs[-1], piece) if runs else None
        if longer is None:
            runs.append(begin(piece))
        else:
            runs[-1] = longer
    return runs


def topics_in(text: str, topics: Iterable[str]) -> list[str]:
    """Return the topics that occur in a text as whole words, regardless of case and accents."""
    folded = folding.fold(text)
    return [topic for topic in topics if _occurs(folding.fold(topic), folded)]


def _occurs(topic: str, text: str) -> bool:
    if not topic or topic not in text:
        return False
    if UNSPACED.search(topic):
        return True
    return re.search(rf"(?<!\w){re.escape(topic)}(?!\w)", text) is not None
