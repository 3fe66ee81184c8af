"""Writing notes without following the log: one insert, delete or retain at a time, or several in a batch.

Clients that follow the log use `notes/sync`. Both write the same notes.
"""

from connvo.kernel import text
from connvo.kernel.errors import FunctionError, Invalid, RateLimited
from connvo.model.access import require_permission
from connvo.model.notes import heads, rollback
from connvo.model.notes.chains import Chain, Single, apply_one, begin
from connvo.model.notes.effort import Effort
from connvo.model.notes.views import (
    AppliedOperation,
    NoteOperationArgs,
    NoteOperationView,
    NumberedOperation,
    applied_view,
    shown,
)
from connvo.model.notes.writer import Author, NoteWriter
from connvo.rules.notes import documented
from connvo.rules.notes.limits import MAX_BATCH, whole
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId

MAX_REASON = 500


class AppliedNoteOperation(Result, frozen=True, kw_only=True):
    """An operation in the log; `conflicts` are the ids of those that changed it."""

    success: bool
    server_sequence: float
    transformed_operation: NoteOperationView
    new_version: float
    conflicts: list[str]


class AppliedBatch(Result, frozen=True, kw_only=True):
    """The applied operations, in their order; those after the first that did not fit are counted in `failed`."""

    success: bool
    processed: float
    failed: float
    results: list[AppliedOperation]
    new_version: float


class NotesRolledBack(Result, frozen=True, kw_only=True):
    """The number of edits that were undone, and the version with the earlier text."""

    success: bool
    operations_removed: float
    new_version: float


@mutation
def apply_note_operation(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    operation: NoteOperationArgs,
    client_sequence: float,
    expected_version: float | None = None,
) -> AppliedNoteOperation:
    """Apply one operation, made on the text after `clientSequence`. For hosts, and participants unless it is locked.

    It is transformed over all operations after that one. A delete of what is gone already becomes a retain of length 0;
    a split one is answered by its first part. Of two texts at one place the smaller goes left.

    Raises:
        Conflict: The notes do not have `expectedVersion`, or `clientSequence` is too far behind.
        Forbidden: A host has locked the notes.
        InsufficientRole: The caller is an observer.
        Invalid: A number is not whole, or the operation does not fit its text, or cuts a surrogate pair.
        LimitExceeded: The notes would become too long.
        RateLimited: The caller writes too often.
    """
    _, member = require_permission(ctx, meeting_id, "meetingNotes", "write")
    simple = documented.checked(operation.type, operation.position, operation.content, operation.length)
    start = whole(client_sequence, "clientSequence")
    version = None if expected_version is None else whole(expected_version, "expectedVersion")
    applied, head = apply_one(ctx, member, Single(simple, start, version))
    return AppliedNoteOperation(
        success=True,
        server_sequence=applied.sequence,
        transformed_operation=shown(applied.shown),
        new_version=head.version,
        conflicts=list(applied.conflicts),
    )


@mutation
def batch_apply_note_operations(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    operations: list[NumberedOperation],
    expected_version: float | None = None,
) -> AppliedBatch:
    """Apply up to 100 operations, each made on the text after the one before, as one version.

    An operation continues so while its `clientSequence` is that of the first, or that plus its index; otherwise it
    begins again on the text after its `clientSequence`. The first operation that does not fit ends the batch. For
    hosts, and participants unless it is locked.

    Raises:
        Conflict: The notes do not have `expectedVersion`.
        Forbidden: A host has locked the notes.
        InsufficientRole: The caller is an observer.
        Invalid: There are more than 100 operations, or `expectedVersion` is not a whole number.
        RateLimited: The caller writes too often.
    """
    user, member = require_permission(ctx, meeting_id, "meetingNotes", "write")
    if len(operations) > MAX_BATCH:
        raise Invalid(f"A batch has at most {MAX_BATCH} operations", "operations", maximum=MAX_BATCH)
    version = None if expected_version is None else whole(expected_version, "expectedVersion")
    writer = begin(ctx, member, version, len(operations))
    results = _apply_all(ctx, writer, operations, Author(user.id))
    failed = len(operations) - len(results)
    return AppliedBatch(
        success=bool(results) or not failed,
        processed=len(results),
        failed=failed,
        results=results,
        new_version=writer.finish().version,
    )


@mutation
def rollback_to_sequence(
    ctx: MutationCtx, meeting_id: MeetingId, target_sequence: float, reason: str | None = None
) -> NotesRolledBack:
    """Make the text after an operation again, by a new operation that all clients follow. For hosts.

    A sequence below 0 is the empty text, one above the newest is the present text. Later edits stay in the history.

    Raises:
        Conflict: That text is no longer kept; metadata.nearestSequence names a revision near it.
        Invalid: The sequence is not a whole number, or the reason is too long.
        RateLimited: The caller writes too often.
    """
    user, _ = require_permission(ctx, meeting_id, "meetingNotes", "manage")
    target = max(0, whole(target_sequence, "targetSequence", least=None))
    why = None if reason is None else text.paragraph(reason, "reason", MAX_REASON) or None
    done = rollback.roll_back(ctx, heads.ensure(ctx, meeting_id), target, user.id, why)
    return NotesRolledBack(success=True, operations_removed=done.removed, new_version=done.head.version)


def _apply_all(
    ctx: MutationCtx, writer: NoteWriter, operations: list[NumberedOperation], author: Author
) -> list[AppliedOperation]:
    """Apply operations until one does not fit; return the results of those before it."""
    results: list[AppliedOperation] = []
    chain: Chain | None = None
    effort = Effort(ctx, author.user_id)
    began = 0
    for index, item in enumerate(operations):
        asked = item.operation
        try:
            simple = documented.checked(asked.type, asked.position, asked.content, asked.length)
            sequence = whole(item.client_sequence, "clientSequence")
            if chain is None or sequence not in (chain.start, chain.start + index - began):
                chain, began = Chain(ctx, writer.current, sequence, effort), index
            results.append(applied_view(chain.append(writer, simple, author)))
        except RateLimited:
            raise
        except FunctionError:
            break
    return results
