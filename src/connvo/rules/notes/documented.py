"""Operations of the documented functions: one insert, delete or retain each.

They are transformed like all others. Their answers show one of them again, though a delete may have become several.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from connvo.kernel.errors import Invalid

from .limits import content, whole
from .operation import EMPTY, Change, Operation
from .transform import smaller_left, transform, transform_position

OperationType: TypeAlias = Literal["insert", "delete", "retain"]


class SimpleOperation(NamedTuple):
    """An insert of `content`, or a delete or retain of `length` units."""

    type: OperationType
    position: int
    length: int = 0
    content: str = ""

    @property
    def operation(self) -> Operation:
        """The operation in normal form; a retain changes nothing."""
        if self.type == "retain":
            return EMPTY
        return (Change(self.position, self.length, self.content),)

    @property
    def end(self) -> int:
        """The position after what it deletes or retains."""
        return self.position + self.length


class Placed(NamedTuple):
    """A simple operation after others: what the log gets, and what the caller is shown."""

    operation: Operation
    shown: SimpleOperation


def checked(type: OperationType, position: float, text: str | None, length: float | None) -> SimpleOperation:
    """Return the operation of a caller.

    Raises:
        Invalid: A number is not whole or is negative, an insert has no text, or a delete has no length.
    """
    at = whole(position, "operation.position")
    if type == "insert":
        if not text:
            raise Invalid("An insert needs content", "operation.content")
        return SimpleOperation(type, at, 0, content(text, "operation.content"))
    if length is None:
        raise Invalid(f"A {type} needs a length", "operation.length")
    return SimpleOperation(type, at, whole(length, "operation.length", least=1 if type == "delete" else 0))


def place(simple: SimpleOperation) -> Placed:
    """Return an operation before it is transformed."""
    return Placed(simple.operation, simple)


def after(placed: Placed, other: Operation) -> Placed:
    """Return an operation as it has to be after another that committed earlier."""
    operation = transform(placed.operation, other, smaller_left)
    return Placed(operation, _shown(placed.shown, operation, other))


def after_all(placed: Placed, others: Iterable[Operation]) -> tuple[Placed, list[int]]:
    """Return an operation after several, and the indexes of those that changed it."""
    changed_by: list[int] = []
    for index, other in enumerate(others):
        moved = after(placed, other)
        if moved != placed:
            changed_by.append(index)
        placed = moved
    return placed, changed_by


def _shown(before: SimpleOperation, operation: Operation, other: Operation) -> SimpleOperation:
    if before.type == "retain":
        return _retained(before, other)
    if not operation:
        return SimpleOperation("retain", transform_position(before.position, other))
    first = operation[0]
    return before._replace(position=first.position, length=first.length)


def _retained(before: SimpleOperation, other: Operation) -> SimpleOperation:
    """Return a retain after another operation: it grows with what is inserted inside."""
    end = transform_position(before.end, other)
    start = transform_position(before.position, other)
    inserted = next((c for c in other if c.position == before.position and c.content and not c.length), None)
    if before.length and inserted is not None:
        start += inserted.growth  # an insert at its start moves it
    return before._replace(position=start, length=max(0, end - start))
