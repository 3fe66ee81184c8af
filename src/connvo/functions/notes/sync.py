"""Following the notes of a meeting operation by operation. Beside the documented API; docs/protocol.md tells how.

A client loads the newest snapshot, follows the operations after it, and sends its own ones with a number each.
"""

from connvo.model import audiences
from connvo.model.access import require_permission
from connvo.model.notes import edits, heads, locks, log, revisions
from connvo.model.notes.views import ChangeArgs, ChangeView, changes_of, operation_of
from connvo.rules.notes.limits import client_id as checked_client
from connvo.rules.notes.limits import whole
from connvo.rules.notes.utf16 import units
from connvo.runtime.context import MutationCtx, SharedCtx
from connvo.runtime.function import mutation, shared_query, unrecorded
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId, Role
from connvo.schema.notes import NoteOperation, OperationKind
from connvo.schema.users import UserId

PAGE = 200
PAGE_UNITS = 256 * 1024
CHANGE_UNITS = 32  # a change costs so much beside its text


class NotesSnapshot(Result, frozen=True, kw_only=True):
    """The text after operation `sequence`."""

    sequence: float
    content: str


class LoggedOperation(Result, frozen=True, kw_only=True):
    """An operation as it changed the text. `number` is its client's; `at` in milliseconds."""

    sequence: float
    kind: OperationKind
    user_id: UserId | None = None
    client_id: str | None = None
    number: float | None = None
    changes: list[ChangeView]
    at: float


class OperationsSince(Result, frozen=True, kw_only=True):
    """Operations in order. `more`: there are others after them. `reset`: load the snapshot again.

    `at` is that of the operation before them, if it is kept.
    """

    operations: list[LoggedOperation]
    more: bool
    reset: bool
    at: float | None = None


class Committed(Result, frozen=True, kw_only=True):
    """An operation in the log, with the changes that it made."""

    sequence: float
    version: float
    changes: list[ChangeView]


class NotesAccess(Result, frozen=True, kw_only=True):
    """The rights of the caller to the notes."""

    can_write: bool
    can_manage: bool
    locked: bool


@shared_query(audiences.members)
def snapshot(ctx: SharedCtx[None], meeting_id: MeetingId) -> NotesSnapshot:
    """Return the newest stored snapshot; the operations after it lead to the present text. For members."""
    revision = revisions.newest(ctx, meeting_id)
    return NotesSnapshot(
        sequence=0 if revision is None else revision.sequence, content=revisions.content_of(ctx, revision)
    )


@shared_query(audiences.members)
def operations_since(ctx: SharedCtx[None], meeting_id: MeetingId, sequence: float) -> OperationsSince:
    """Return up to 200 operations after a sequence. For members.

    Raises:
        Invalid: The sequence is not a whole number.
    """
    after = whole(sequence, "sequence")
    rows = log.page(ctx, meeting_id, after - 1, PAGE + 2)
    at = rows.pop(0).at if rows and rows[0].sequence == after else None
    if not rows:
        head = heads.find(ctx, meeting_id)
        return OperationsSince(operations=[], more=False, reset=after != (0 if head is None else head.sequence), at=at)
    if rows[0].sequence != after + 1:
        return OperationsSince(operations=[], more=False, reset=True)
    fitting = _fitting(rows[:PAGE])
    operations = [_view(row) for row in fitting]
    return OperationsSince(operations=operations, more=len(fitting) < len(rows), reset=False, at=at)


@unrecorded
@mutation
def apply(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    client_id: str,
    number: float,
    sequence: float,
    changes: list[ChangeArgs],
    sequence_at: float | None = None,
) -> Committed:
    """Commit an operation made on the text after `sequence`. For hosts, and participants unless it is locked.

    `number` counts 1, 2, 3 for each `clientId`. An operation whose number is known is answered as before. Of two texts
    at one place the one that commits later goes left. `sequenceAt` is the `at` of the operation with `sequence`: after
    a backup was restored, the operation there may be another one.

    Raises:
        Conflict: A number is left out or was used with another text, or `sequence` is above the newest, too old, or
            not the operation that was committed at `sequenceAt`.
        Forbidden: A host has locked the notes.
        InsufficientRole: The caller is an observer.
        Invalid: The changes are no operation, do not fit their text, or cut a surrogate pair.
        LimitExceeded: The notes would become too long.
        RateLimited: The caller writes too often.
    """
    _, member = require_permission(ctx, meeting_id, "meetingNotes", "write")
    edit = edits.Edit(
        client_id=checked_client(client_id),
        number=whole(number, "number", least=1),
        sequence=whole(sequence, "sequence"),
        operation=operation_of(changes),
        sequence_at=sequence_at,
    )
    done = edits.commit(ctx, member, edit)
    return Committed(sequence=done.sequence, version=done.version, changes=changes_of(done.operation))


@shared_query(audiences.roles)
def access(ctx: SharedCtx[Role], meeting_id: MeetingId) -> NotesAccess:
    """Return what the caller may do with the notes. For members."""
    return NotesAccess(
        can_write=locks.may_write(ctx, meeting_id, ctx.audience),
        can_manage=ctx.audience == "host",
        locked=locks.is_locked(ctx, meeting_id),
    )


@mutation
def set_locked(ctx: MutationCtx, meeting_id: MeetingId, locked: bool) -> None:
    """Lock the notes, so that only hosts write, or unlock them. For hosts."""
    user, _ = require_permission(ctx, meeting_id, "meetingNotes", "manage")
    locks.set_locked(ctx, meeting_id, locked, user.id)


def _fitting(rows: list[NoteOperation]) -> list[NoteOperation]:
    """Return the first rows whose texts together fit in an answer; at least one."""
    size = 0
    for index, row in enumerate(rows):
        size += sum(CHANGE_UNITS + units(change.content) for change in row.changes)
        if size > PAGE_UNITS and index:
            return rows[:index]
    return rows


def _view(row: NoteOperation) -> LoggedOperation:
    numbered = row.key is not None and row.key.isdecimal()
    return LoggedOperation(
        sequence=row.sequence,
        kind=row.kind,
        user_id=row.user_id,
        client_id=row.client_id,
        number=float(row.key) if numbered and row.key is not None else None,
        changes=changes_of(row.changes),
        at=row.at,
    )
