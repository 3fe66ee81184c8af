"""The log of operations of a meeting's notes, as it is read."""

from typing import NamedTuple

from connvo.kernel.errors import Conflict, Invalid
from connvo.rules.notes.limits import MAX_BEHIND
from connvo.rules.notes.operation import Operation, UnfitOperation, length_after
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import MeetingNotes, NoteOperation
from connvo.schema.users import UserId

TOO_OLD = "This is made on a text that is too old: load the notes again"
AHEAD = "This is made on a text that the server does not have: load the notes again"
RESTORED = "This is made on a text from before the server was restored from a backup: load the notes again"


class Base(NamedTuple):
    """A text that an operation was made on: its length in units, and what committed since, with so many changes."""

    sequence: int
    length: int
    later: list[NoteOperation]
    changes: int = 0


def rows(ctx: QueryCtx, meeting_id: MeetingId, after: int, until: int | None = None) -> list[NoteOperation]:
    """Return the operations after a sequence that are not packed, in order."""
    return ctx.db.scan(NoteOperation, "by_sequence", meeting_id, after=after, until=until)


def page(ctx: QueryCtx, meeting_id: MeetingId, after: int, limit: int) -> list[NoteOperation]:
    """Return the first operations after a sequence that are not packed."""
    return ctx.db.scan(NoteOperation, "by_sequence", meeting_id, after=after, limit=limit)


def find(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId, client_id: str, key: str) -> NoteOperation | None:
    """Return the operation that a client knows under a key, or None."""
    return ctx.db.first(NoteOperation, "by_client", meeting_id, user_id, client_id, key)


def base_of(ctx: QueryCtx, head: MeetingNotes, sequence: int, at: float | None = None) -> Base:
    """Return the text after operation `sequence`, which was committed at `at` if that is given.

    Raises:
        Conflict: The sequence is above the head, or too far behind it, or the operations after it are packed, or the
            operation was committed at another time: a backup was restored since.
    """
    behind = head.sequence - sequence
    if behind == 0:
        _require_same(head, head.updated_at, at)
        return Base(sequence, head.length, [])
    if behind < 0:
        raise Conflict(AHEAD, reason="ahead", sequence=head.sequence)
    first = sequence if at is None else sequence - 1
    later = rows(ctx, head.meeting_id, first) if behind <= MAX_BEHIND else []
    if later and later[0].sequence == sequence:
        _require_same(head, later.pop(0).at, at)
    if not later or later[0].sequence != sequence + 1:
        raise Conflict(TOO_OLD, reason="behind", sequence=head.sequence)
    return Base(sequence, _length_before(later[0]), later, sum(len(row.changes) for row in later))


def length_at(ctx: QueryCtx, head: MeetingNotes, sequence: int) -> int:
    """Return the length of the text after operation `sequence`, without reading all those after it.

    Raises:
        Conflict: The operation after it is packed.
    """
    following = page(ctx, head.meeting_id, sequence, 1)
    if not following or following[0].sequence != sequence + 1:
        raise Conflict(TOO_OLD, reason="behind", sequence=head.sequence)
    return _length_before(following[0])


def require_fit(operation: Operation, length: int, field: str) -> None:
    """Check that an operation fits a text of `length` units.

    Raises:
        Invalid: It reaches beyond the end.
    """
    try:
        length_after(operation, length)
    except UnfitOperation as unfit:
        raise Invalid(str(unfit), field, length=length) from None


def _length_before(row: NoteOperation) -> int:
    return row.length - sum(change.growth for change in row.changes)


def _require_same(head: MeetingNotes, committed_at: float, at: float | None) -> None:
    if at is not None and head.sequence and at != committed_at:
        raise Conflict(RESTORED, reason="restored", sequence=head.sequence)
