"""Edits of clients that follow the log: each has a number, and is committed once however often it is sent."""

from typing import NamedTuple

from connvo.kernel.errors import Conflict
from connvo.rules.notes.operation import Operation
from connvo.rules.notes.transform import later_left, transform
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.notes import NoteClient
from connvo.schema.users import UserId

from . import heads, locks, log, packs
from .effort import Effort, charge_call
from .writer import Author, NoteWriter

GAP = "A number was left out: send the operations of a client in their order"
NEAR = 64  # an operation that is further behind is checked before all those after its text are read
OTHER_TEXT = "This number was used with another text: count on for a new operation"
LONG_KNOWN = "This operation was committed long ago: load the notes again"


class Edit(NamedTuple):
    """An operation of a client, its number, and the sequence of the text that it was made on.

    `sequence_at` is when the operation with that sequence was committed, as the client saw it.
    """

    client_id: str
    number: int
    sequence: int
    operation: Operation
    sequence_at: float | None = None


class Committed(NamedTuple):
    """An operation in the log: its sequence, the version of its call, and how it changed the text."""

    sequence: int
    version: int
    operation: Operation


def commit(ctx: MutationCtx, member: Participant, edit: Edit) -> Committed:
    """Append a member's edit to the log, transformed over what committed since; a known one is answered as before.

    Raises:
        Conflict: The number leaves one out or was used with another text, or the base is not in the log any more, or
            never was.
        Forbidden: The notes are locked.
        Invalid: It does not fit the text it was made on, or cuts a pair.
        LimitExceeded: The text would become too long.
        RateLimited: The user writes too often.
    """
    known = _known(ctx, member.meeting_id, member.user_id, edit)
    if known is not None:
        return known
    locks.require_unlocked(ctx, member)
    charge_call(ctx, member.user_id)
    head = heads.ensure(ctx, member.meeting_id)
    operation = edit.operation
    if head.sequence - edit.sequence > NEAR:
        log.require_fit(operation, log.length_at(ctx, head, edit.sequence), "changes")
    base = log.base_of(ctx, head, edit.sequence, edit.sequence_at)
    log.require_fit(operation, base.length, "changes")
    effort = Effort(ctx, member.user_id)
    effort.read(base)
    effort.spend(len(operation) * len(base.later))
    for row in base.later:
        operation = transform(operation, row.changes, later_left)
    writer = NoteWriter(ctx, head)
    row = writer.append(operation, Author(member.user_id, edit.client_id, str(edit.number)))
    writer.finish()
    return Committed(row.sequence, row.version, operation)


def _known(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId, edit: Edit) -> Committed | None:
    """Return the operation that has this number, or None if it is the client's next one."""
    row = log.find(ctx, meeting_id, user_id, edit.client_id, str(edit.number))
    if row is not None:
        return _same(edit, Committed(row.sequence, row.version, row.changes))
    if edit.number > 1 and log.find(ctx, meeting_id, user_id, edit.client_id, str(edit.number - 1)) is not None:
        return None
    packed = ctx.db.first(NoteClient, "by_client", meeting_id, user_id, edit.client_id)
    last = 0 if packed is None else packed.number
    if edit.number == last + 1:
        return None
    if packed is None or edit.number > last:
        raise Conflict(GAP, reason="gap", field="number")
    operations = packs.operations(ctx, meeting_id, packed.sequence - 1, packed.sequence)
    if edit.number < last or not operations:
        raise Conflict(LONG_KNOWN, reason="known", field="number")
    return _same(edit, Committed(packed.sequence, packed.version, operations[0]))


def _same(edit: Edit, committed: Committed) -> Committed:
    """Return what was committed, if it is the edit: other operations move an edit, but never change its text."""
    if _text(edit.operation) != _text(committed.operation):
        raise Conflict(OTHER_TEXT, reason="reused", field="number")
    return committed


def _text(operation: Operation) -> str:
    return "".join(change.content for change in operation)
