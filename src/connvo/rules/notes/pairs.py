"""Find out whether a position is inside a surrogate pair, without the text: from a snapshot and what came after it."""

from bisect import bisect_left
from collections.abc import Sequence

from .operation import Operation
from .utf16 import units, wide_places


def cuts_pair(position: int, tail: Sequence[Operation], places: Sequence[int]) -> bool:
    """Return whether a position is inside a pair of the text after `tail`.

    `places` are the positions at which the pairs of the text before `tail` begin. The unit at the position is followed
    back to the text that it came with.
    """
    for operation in reversed(tail):
        shift = 0
        for change in operation:
            start = change.position + shift
            if position < start:
                break
            offset = position - start
            if offset < units(change.content):
                return offset - 1 in wide_places(change.content)
            shift += change.growth
        position -= shift
    at = bisect_left(places, position)
    return at > 0 and places[at - 1] == position - 1
