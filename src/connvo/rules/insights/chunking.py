"""The parts of a transcript that fit into a model's context: whole lines, with some of the part before.

Guarantees:
    Every line is new in exactly one chunk, in order, and a chunk with several lines is within its room.
    Only a line that alone is longer than the room is cut, at its end.
"""

import msgspec

from .keyed import Line
from .messages import Span
from .tokens import BYTES_PER_TOKEN

OVERLAP = 4
# The lines before a chunk take at most this share of it, so that each chunk makes progress.
OVERLAP_SHARE = 0.25
SEPARATOR = len(b",")


class Chunk(msgspec.Struct, frozen=True):
    """Consecutive lines, of which the first `repeated` are the end of the chunk before."""

    lines: tuple[Line, ...]
    repeated: int = 0


def chunked(lines: tuple[Line, ...], room_tokens: int) -> list[Chunk]:
    """Return the chunks of a transcript."""
    room = int(room_tokens * BYTES_PER_TOKEN)
    fitting = [_fitting(line, room) for line in lines]
    sizes = [_size(line) for line in fitting]
    chunks: list[Chunk] = []
    start = 0
    while start < len(fitting):
        first = _overlap_from(sizes, start, room)
        end, used = start, sum(sizes[first:start])
        while end < len(fitting) and (used + sizes[end] <= room or end == start):
            used += sizes[end]
            end += 1
        if used > room:
            first = start  # a line that fills the room has none before it
        chunks.append(Chunk(tuple(fitting[first:end]), start - first))
        start = end
    return chunks


def halved(span: Span) -> tuple[Span, ...]:
    """Return a span in two, or as it is if it has a single new line. The second half repeats few lines of the first."""
    new = span.end - span.new
    if new < 2:
        return (span,)
    middle = span.new + new // 2
    return Span(span.first, span.new, middle), Span(middle - min(OVERLAP, new // 4), middle, span.end)


def _overlap_from(sizes: list[int], start: int, room: int) -> int:
    """Return where the lines before a chunk begin."""
    first, used = start, 0
    while first > max(0, start - OVERLAP) and used + sizes[first - 1] <= room * OVERLAP_SHARE:
        first -= 1
        used += sizes[first]
    return first


def _size(line: Line) -> int:
    return len(msgspec.json.encode(line)) + SEPARATOR


def _fitting(line: Line, room: int) -> Line:
    excess = _size(line) - room
    while excess > 0 and line.text:
        # A character has at least a byte: cutting as many characters as bytes are too many never leaves too much.
        line = msgspec.structs.replace(line, text=line.text[: -max(1, excess // 4)])
        excess = _size(line) - room
    return line
