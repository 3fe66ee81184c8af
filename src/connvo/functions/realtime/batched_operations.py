"""Calls that the documented API describes as batched. Each is written at once, so its answer is final."""

from typing import Literal

from connvo.model.access import require_permission
from connvo.model.membership import entering
from connvo.model.notes.chains import Single, apply_one
from connvo.model.notes.views import NoteOperationArgs
from connvo.model.operators.checks_for_actions import check_operator, settle_behind_all
from connvo.model.transcripts import delivery
from connvo.model.transcripts.words import Spoken
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.notes import documented
from connvo.rules.notes.limits import whole
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import action, mutation
from connvo.runtime.wire import Meta, Result
from connvo.schema.meetings import MeetingId

PRIORITY: Priority = "high"
BATCH_OF_ONE = 1


class QueuedChunk(Result, frozen=True, kw_only=True):
    """A chunk that was taken; it is stored already."""

    queued: bool
    batch_size: float


@mutation
def batch_ingest_transcript_chunk(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    text: str,
    confidence: float,
    start_ms: float,
    end_ms: float,
    speaker_id: str | None = None,
    interim: bool | None = None,
) -> QueuedChunk:
    """Deliver a recognised piece of the caller's own speech, as `transcripts/ingestion:ingestTranscriptChunk` does.

    It is stored when this returns. For hosts and participants of the active meeting.

    Raises:
        Forbidden: `speakerId` is not the caller, or transcription is off.
        InsufficientRole: The caller is an observer.
        Invalid: A value is out of its bounds, or the times lie outside of the meeting by more than a minute.
        MeetingNotActive: The meeting is not active.
        RateLimited: The caller has delivered too many chunks.
    """
    spoken = Spoken(
        text=text,
        confidence=confidence,
        start=start_ms,
        end=end_ms,
        interim=bool(interim),
        start_field="startMs",
        end_field="endMs",
    )
    delivery.deliver(ctx, meeting_id, speaker_id, spoken)
    return QueuedChunk(queued=True, batch_size=BATCH_OF_ONE)


class WrittenNoteOperation(Result, frozen=True, kw_only=True):
    """An operation in the log of the notes, at `server_sequence`."""

    queued: bool
    batch_size: float
    server_sequence: float


@mutation
def batch_apply_note_operation(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    operation: NoteOperationArgs,
    client_sequence: float,
    expected_version: float,
) -> WrittenNoteOperation:
    """Apply one operation to the notes, at once, as `notes/mutations:applyNoteOperation` does.

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
    single = Single(simple, whole(client_sequence, "clientSequence"), whole(expected_version, "expectedVersion"))
    applied, _ = apply_one(ctx, member, single)
    return WrittenNoteOperation(queued=True, batch_size=1, server_sequence=applied.sequence)


class QueuedPresence(Result, frozen=True, kw_only=True):
    """A change of presence; it is stored already."""

    queued: bool
    batch_size: float


@mutation
def batch_update_presence(
    ctx: MutationCtx, meeting_id: MeetingId, presence: Literal["joined", "left"], metadata: Meta | None = None
) -> QueuedPresence:
    """Join or leave a meeting, at once, as `meetings/lifecycle:joinMeeting` and `leaveMeeting` do.

    `metadata` has no effect.

    Raises:
        Conflict: The meeting is full.
        Forbidden: The caller is neither a member nor invited.
        Invalid: The meeting is not active and cannot be reopened by the caller.
    """
    if presence == "joined":
        entering.join(ctx, meeting_id)
    else:
        entering.leave(ctx, meeting_id)
    return QueuedPresence(queued=True, batch_size=BATCH_OF_ONE)


@action
async def flush_all_batches(ctx: ActionCtx) -> None:
    """Return once everything that this node held has been written. For operators.

    Nothing waits in a batch: a call is answered once it is on disk.
    """
    await ctx.run_mutation(settle_behind_all)


class QueueSize(Result, frozen=True, kw_only=True):
    """The calls of one function that run on this node."""

    queue_size: float


class BatchStats(Result, frozen=True, kw_only=True):
    """The calls of the functions in this module that run on this node."""

    transcripts: QueueSize
    note_ops: QueueSize
    presence: QueueSize


@action
async def get_batch_stats(ctx: ActionCtx) -> BatchStats:
    """Return how many of these calls run on this node. For operators."""
    await ctx.run_query(check_operator)
    return BatchStats(
        transcripts=QueueSize(queue_size=ctx.node.under_way(batch_ingest_transcript_chunk.path)),
        note_ops=QueueSize(queue_size=ctx.node.under_way(batch_apply_note_operation.path)),
        presence=QueueSize(queue_size=ctx.node.under_way(batch_update_presence.path)),
    )
