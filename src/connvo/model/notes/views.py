"""Arguments and results of functions about notes that several modules share."""

from connvo.rules.notes import limits
from connvo.rules.notes.documented import OperationType, SimpleOperation
from connvo.rules.notes.operation import Operation
from connvo.runtime.wire import Args, Result

from .chains import Applied


class NoteOperationArgs(Args, frozen=True, kw_only=True):
    """An insert of `content`, or a delete or retain of `length` units, at a position in UTF-16 units."""

    type: OperationType
    position: float
    content: str | None = None
    length: float | None = None


class NumberedOperation(Args, frozen=True, kw_only=True):
    """An operation, and the sequence that its client knew."""

    operation: NoteOperationArgs
    client_sequence: float


class NoteOperationView(Result, frozen=True, kw_only=True):
    """An operation as it was applied."""

    type: OperationType
    position: float
    content: str | None = None
    length: float | None = None


class AppliedOperation(Result, frozen=True, kw_only=True):
    """An operation in the log; `conflicts` are the ids of those that changed it."""

    server_sequence: float
    transformed_operation: NoteOperationView
    conflicts: list[str]


class ChangeArgs(Args, frozen=True, kw_only=True):
    """Put `content` in place of `length` units at `position`."""

    position: float
    length: float | None = None
    content: str | None = None


class ChangeView(Result, frozen=True, kw_only=True):
    """Put `content` in place of `length` units at `position`; 0 and the empty text are left out."""

    position: float
    length: float | None = None
    content: str | None = None


def operation_of(changes: list[ChangeArgs]) -> Operation:
    """Return the operation of a client's changes.

    Raises:
        Invalid: They are no operation.
    """
    return limits.operation([(change.position, change.length, change.content) for change in changes], "changes")


def changes_of(operation: Operation) -> list[ChangeView]:
    """Return the changes of an operation for a client."""
    return [
        ChangeView(position=change.position, length=change.length or None, content=change.content or None)
        for change in operation
    ]


def shown(simple: SimpleOperation) -> NoteOperationView:
    """Return an operation of the documented functions for a client."""
    return NoteOperationView(
        type=simple.type,
        position=simple.position,
        content=simple.content if simple.type == "insert" else None,
        length=None if simple.type == "insert" else simple.length,
    )


def applied_view(applied: Applied) -> AppliedOperation:
    """Return an operation in the log for a client."""
    return AppliedOperation(
        server_sequence=applied.sequence,
        transformed_operation=shown(applied.shown),
        conflicts=list(applied.conflicts),
    )
