"""Transform operations: what one has to be after another that was made on the same text.

TP1 holds: on a text, `a` and then `transform(b, a, …)` make what `b` and then `transform(a, b, …)` make. The server
orders all operations, so nothing more is needed.

Two texts inserted at one place need a rule, which the operation that commits later brings along.
"""

from collections.abc import Callable
from typing import TypeAlias

from .operation import Change, Operation, normalize
from .utf16 import encoded, units

# Gets the text of the operation that is transformed, and that of the other; whether the first one is left.
TieRule: TypeAlias = Callable[[str, str], bool]


def later_left(_later: str, _earlier: str) -> bool:
    """Let the text that commits later go left, so that two people who type at one place are not mixed."""
    return True


def smaller_left(later: str, earlier: str) -> bool:
    """Let the smaller text go left, in UTF-16 order; of equal texts the one that commits later."""
    return encoded(later) <= encoded(earlier)


def complement(rule: TieRule) -> TieRule:
    """Return a rule for the other direction: for the operation that commits earlier, over the later one."""
    return lambda earlier, later: not rule(later, earlier)


def transform(operation: Operation, other: Operation, first: TieRule) -> Operation:
    """Return an operation as it has to be after `other`, which was made on the same text.

    An insert moves by what `other` adds and removes to the left of it. Inside a deletion of `other` it goes to its
    start, right of the text that `other` puts there. A deletion loses what `other` deletes, and is cut where `other`
    inserts strictly inside.
    """
    if not operation or not other:
        return operation
    pieces: list[Change] = []
    left = 0  # the changes of `other` before this one end before the change at hand begins
    shift = 0  # the units by which these move it
    for change in operation:
        while left < len(other) and other[left].end < change.position:
            shift += other[left].growth
            left += 1
        _move(change, other, left, shift, first, pieces)
    return normalize(pieces)


def transform_pair(earlier: Operation, later: Operation, rule: TieRule) -> tuple[Operation, Operation]:
    """Return the earlier operation as it has to be after the later one, and the later one after the earlier."""
    return transform(earlier, later, complement(rule)), transform(later, earlier, rule)


def transform_position(position: int, other: Operation) -> int:
    """Return where a cursor is after an operation. An insert at the cursor leaves it left of the text."""
    shift = 0
    for change in other:
        if change.position >= position:
            break
        if position < change.end:
            return change.position + shift + units(change.content)
        shift += change.growth
    return position + shift


def _move(change: Change, other: Operation, left: int, shift: int, first: TieRule, pieces: list[Change]) -> None:
    """Append a change as it is after `other`, whose changes from `left` on end at its position or later."""
    if change.content:
        pieces.append(Change(_insert_position(change, other, left, shift, first), 0, change.content))
    if not change.length:
        return
    start, end = change.position, change.end
    while left < len(other) and other[left].position < end:
        cut = other[left]
        if cut.position > start:
            pieces.append(Change(start + shift, cut.position - start))
        shift += cut.growth
        start = max(start, cut.end)
        left += 1
    if start < end:
        pieces.append(Change(start + shift, end - start))


def _insert_position(change: Change, other: Operation, left: int, shift: int, first: TieRule) -> int:
    if left == len(other) or other[left].position > change.position:
        return change.position + shift
    at = other[left]
    if at.position == change.position:
        stays = not at.content or first(change.content, at.content)
        return at.position + shift + (0 if stays else units(at.content))
    # It is inside the deletion, or at its end: right of the text there.
    return at.position + shift + units(at.content)
