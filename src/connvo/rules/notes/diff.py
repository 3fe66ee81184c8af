"""Find the operation that makes one text of another.

Lines that occur once in each text are matched, in order, then words in what is between them. The rest is replaced. So
an edit in one paragraph touches no other, and the work grows with the length of the texts only.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator

from .operation import Change, Operation, normalize
from .utf16 import units


def diff(before: str, after: str) -> Operation:
    """Return an operation that turns `before` into `after`."""
    changes: list[Change] = []
    at = shift = 0  # in characters, and the units by which positions differ from them
    for start, length, content in _replacements(before, after, (_lines, _words)):
        shift += units(before[at:start]) - (start - at)
        removed = units(before[start : start + length])
        changes.append(Change(start + shift, removed, content))
        at = start + length
        shift += removed - length
    return normalize(changes)


def _replacements(
    before: str, after: str, splitters: tuple[Callable[[str], list[str]], ...]
) -> Iterator[tuple[int, int, str]]:
    """Yield (position, length, content), in characters, ascending, of what differs."""
    head = _common_prefix(before, after)
    tail = _common_prefix(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not old or not new or not splitters:
        if old or new:
            yield head, len(old), new
        return
    split, *finer = splitters
    at = head
    for old_part, new_part, matched in _anchored(split(old), split(new)):
        for start, length, content in _replacements(old_part, new_part, tuple(finer)):
            yield at + start, length, content
        at += len(old_part) + matched


def _anchored(old: list[str], new: list[str]) -> Iterator[tuple[str, str, int]]:
    """Yield the parts between anchors, old and new, and the length of the anchor that follows."""
    i = j = 0
    for k, m in [*_anchors(old, new), (len(old), len(new))]:
        yield "".join(old[i:k]), "".join(new[j:m]), len(old[k]) if k < len(old) else 0
        i, j = k + 1, m + 1


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Return the longest ascending list of (index in old, index in new) of pieces that occur once in both."""
    in_old, in_new = Counter(old), Counter(new)
    place = {piece: index for index, piece in enumerate(new) if in_new[piece] == 1}
    pairs = [(index, place[piece]) for index, piece in enumerate(old) if in_old[piece] == 1 and piece in place]
    lows: list[int] = []  # the smallest end of an ascending list of each length
    ends: list[int] = []  # the index in `pairs` of that end
    before: list[int] = []  # for each pair the one before it in its list
    for index, (_, target) in enumerate(pairs):
        length = bisect_left(lows, target)
        before.append(ends[length - 1] if length else -1)
        lows[length : length + 1] = [target]
        ends[length : length + 1] = [index]
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _lines(text: str) -> list[str]:
    return _split_after(text, "\n")


def _words(text: str) -> list[str]:
    return _split_after(text, " ")


def _split_after(text: str, mark: str) -> list[str]:
    *whole, last = text.split(mark)
    return [piece + mark for piece in whole] + ([last] if last else [])


def _common_prefix(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
