"""Operations on a text: lists of changes in normal form.

Normal form: the changes ascend, count in the text before the operation, change something, and never touch. A change
puts its text before the units that it deletes. Two changes that touch are one change.
"""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from .utf16 import units


class UnfitOperation(ValueError):
    """An error for an operation that is not in order, or does not fit its text; the message says why."""


class Change(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Put `content` in place of `length` units at `position`."""

    position: int
    length: int = 0
    content: str = ""

    @property
    def end(self) -> int:
        """The position after the last unit that it deletes."""
        return self.position + self.length

    @property
    def growth(self) -> int:
        """The number of units by which the text becomes longer."""
        return units(self.content) - self.length


Operation: TypeAlias = tuple[Change, ...]
EMPTY: Operation = ()


def normalize(changes: Iterable[Change]) -> Operation:
    """Return changes that ascend in normal form: without empty ones, and merged where they touch.

    Raises:
        UnfitOperation: A position or length is negative, or a change begins before the end of the one before it.
    """
    done: list[Change] = []
    for change in changes:
        if change.position < 0 or change.length < 0:
            raise UnfitOperation("Positions and lengths are not negative")
        if done and change.position < done[-1].end:
            raise UnfitOperation("Changes ascend and do not overlap")
        if not change.length and not change.content:
            continue
        if done and change.position == done[-1].end:
            last = done.pop()
            change = Change(last.position, last.length + change.length, last.content + change.content)
        done.append(change)
    return tuple(done)


def length_after(operation: Operation, length: int) -> int:
    """Return the length of a text of `length` units after an operation.

    Raises:
        UnfitOperation: The operation goes beyond the end of the text.
    """
    if operation and operation[-1].end > length:
        raise UnfitOperation(f"The text made on has {length} units; the operation reaches to {operation[-1].end}")
    return length + sum(change.growth for change in operation)
