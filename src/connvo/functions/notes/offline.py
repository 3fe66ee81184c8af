"""Queues of operations that clients wrote offline, and checkpoints of what they knew. All belong to the caller."""

from typing import Literal

import msgspec

from connvo.kernel.errors import Invalid
from connvo.model.access import require_member, require_permission
from connvo.model.notes import checkpoints, heads, locks, offline
from connvo.model.notes.effort import charge_call, cost_of_operations
from connvo.model.notes.offline import QueueOf, Synced
from connvo.rules.notes import documented
from connvo.rules.notes.documented import OperationType
from connvo.rules.notes.limits import client_id as checked_client
from connvo.rules.notes.limits import finite, whole
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.runtime.wire import Args, Result
from connvo.schema.meetings import MeetingId, Participant

Health = Literal["healthy", "warning", "critical"]

MAX_QUEUED = 1_000  # of one call
MAX_ID = 200
MAX_TEXT = 500
SYNC_DEFAULT, SYNC_MOST = 50, 100
CLEAR_AFTER_MS = 3_600_000.0
# A call counts once against the limit for this many operations.
MANY_FAILED, MANY_PENDING = 10, 50
LONG_MS, VERY_LONG_MS = 60_000.0, 300_000.0
QUEUE_BITS = 64


class OfflineOperationArgs(Args, frozen=True, kw_only=True):
    """An operation that was written offline. `id` is the client's; `sequence` is the newest operation it knew.

    The fields about its author and its progress are accepted, but the server keeps its own.
    """

    type: OperationType
    position: float
    content: str | None = None
    length: float | None = None
    id: str = msgspec.field(name="id")
    author_id: str
    timestamp: float
    sequence: float
    transformed_from: list[str] | None = None
    client_id: str
    queued_at: float
    attempts: float
    last_attempt: float | None = None
    error: str | None = None
    status: Literal["pending", "syncing", "synced", "failed"]


class CheckpointData(Args, frozen=True, kw_only=True):
    """The knowledge of a client: a hash that begins with `sha256:` is that of the text as UTF-8, in hexadecimal."""

    sequence: float
    version: float
    content_hash: str
    timestamp: float


class CheckpointView(Result, frozen=True, kw_only=True):
    """The knowledge of a client when it made the checkpoint."""

    sequence: float
    version: float
    content_hash: str
    timestamp: float


class Queued(Result, frozen=True, kw_only=True):
    """The number of operations that were not known yet, and the queue that they are in."""

    success: bool
    queued: float
    queue_id: str


class SyncedOperations(Result, frozen=True, kw_only=True):
    """The result of a synchronisation; `conflicts` operations were changed by those of others."""

    success: bool
    synced: float
    failed: float
    conflicts: float
    new_version: float
    errors: list[str]
    remaining_in_queue: float


class QueueStatus(Result, frozen=True, kw_only=True):
    """The operations of a queue by their state. Times in milliseconds."""

    total_queued: float
    pending: float
    syncing: float
    synced: float
    failed: float
    oldest_pending: float | None = None
    newest_pending: float | None = None
    queue_health: Health


class Retried(Result, frozen=True, kw_only=True):
    """The number of operations that were tried again, and of those that were committed."""

    retried_count: float
    success_count: float


class Cleared(Result, frozen=True, kw_only=True):
    """The number of deleted operations."""

    cleared: float


class CreatedCheckpoint(Result, frozen=True, kw_only=True):
    """The id of a checkpoint."""

    checkpoint_id: str
    success: bool


class RestoredCheckpoint(Result, frozen=True, kw_only=True):
    """A checkpoint, if the caller's client has it."""

    success: bool
    checkpoint: CheckpointView | None = None


@mutation
def queue_offline_operations(
    ctx: MutationCtx, meeting_id: MeetingId, operations: list[OfflineOperationArgs], client_id: str
) -> Queued:
    """Park operations that were written offline, as a chain: each is made on the text after the one before.

    The first one's `sequence` says on which text the chain begins. An operation whose `id` is in a queue or in the
    notes is skipped; those after it continue its queue. For hosts and participants.

    Raises:
        InsufficientRole: The caller is an observer.
        Invalid: An operation or an id is invalid; then none is parked.
        LimitExceeded: More than 1,000 of the caller's operations would wait, or more text than notes can have.
        RateLimited: The caller writes too often.
    """
    member, queue = _own(ctx, meeting_id, client_id)
    if len(operations) > MAX_QUEUED:
        raise Invalid(f"At most {MAX_QUEUED} operations can be parked at once", "operations", maximum=MAX_QUEUED)
    parked = [_parked(operation) for operation in operations]
    charge_call(ctx, member.user_id, cost_of_operations(len(parked)))
    queue_id = f"queue_{int(ctx.now)}_{ctx.random.getrandbits(QUEUE_BITS):016x}"
    queued, queue_id = offline.park(ctx, queue, queue_id, parked)
    return Queued(success=True, queued=queued, queue_id=queue_id)


@mutation
def sync_offline_operations(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    client_id: str,
    queue_id: str | None = None,
    max_operations: float | None = None,
) -> SyncedOperations:
    """Commit up to 100 parked operations in their order, by default 50, until one does not fit.

    One that has failed three times is left out from then on. For hosts, and participants unless the notes are locked.

    Raises:
        Forbidden: A host has locked the notes.
        InsufficientRole: The caller is an observer.
        Invalid: `maxOperations` is not a whole number.
        RateLimited: The caller writes too often.
    """
    member, queue = _own(ctx, meeting_id, client_id)
    asked = SYNC_DEFAULT if max_operations is None else whole(max_operations, "maxOperations")
    return _sync(ctx, member, queue, queue_id, min(asked, SYNC_MOST))


@mutation
def get_offline_queue_status(ctx: MutationCtx, meeting_id: MeetingId, client_id: str) -> QueueStatus:
    """Return how many operations of a client wait, are committed, or failed. For members, about their own clients.

    Critical: more than 10 failed, or one waits for five minutes. Warning: more than 50 wait, or one for a minute.
    """
    _, member = require_member(ctx, meeting_id)
    queue = offline.queue_of(member, checked_client(client_id))
    pending, synced, failed = (offline.with_status(ctx, queue, status) for status in ("pending", "synced", "failed"))
    times = [row.queued_at for row in pending]
    age = ctx.now - min(times, default=ctx.now)
    return QueueStatus(
        total_queued=len(pending) + len(synced) + len(failed),
        pending=len(pending),
        syncing=0,
        synced=len(synced),
        failed=len(failed),
        oldest_pending=min(times, default=None),
        newest_pending=max(times, default=None),
        queue_health=_health(len(failed), len(pending), age),
    )


@mutation
def retry_failed_operations(
    ctx: MutationCtx, meeting_id: MeetingId, client_id: str, max_retries: float | None = None
) -> Retried:
    """Try failed operations again that were tried fewer times than `maxRetries`, by default 3.

    For hosts, and participants unless the notes are locked.

    Raises:
        Forbidden: A host has locked the notes.
        InsufficientRole: The caller is an observer.
        Invalid: `maxRetries` is not a whole number.
        RateLimited: The caller writes too often.
    """
    member, queue = _own(ctx, meeting_id, client_id)
    most = offline.MAX_RETRIES if max_retries is None else whole(max_retries, "maxRetries")
    locks.require_unlocked(ctx, member)
    retried = offline.retry(ctx, queue, most)
    done = _sync(ctx, member, queue, None, min(retried, SYNC_MOST))
    return Retried(retried_count=retried, success_count=done.synced)


@mutation
def clear_synced_operations(
    ctx: MutationCtx, meeting_id: MeetingId, client_id: str, older_than_ms: float | None = None
) -> Cleared:
    """Delete committed operations that were parked long ago, by default an hour. For members, their own.

    Raises:
        Invalid: `olderThanMs` is negative or not a whole number.
    """
    _, member = require_member(ctx, meeting_id)
    age = CLEAR_AFTER_MS if older_than_ms is None else whole(older_than_ms, "olderThanMs")
    queue = offline.queue_of(member, checked_client(client_id))
    return Cleared(cleared=offline.clear(ctx, queue, ctx.now - age))


@mutation
def create_offline_checkpoint(
    ctx: MutationCtx, meeting_id: MeetingId, client_id: str, checkpoint_data: CheckpointData
) -> CreatedCheckpoint:
    """Store what a client knows. For members.

    Raises:
        Conflict: The sequence is above the newest operation, or the text of then has another hash or is not kept.
        Invalid: A number is not whole, the timestamp is not finite, or the hash is too long.
        RateLimited: The caller writes too often.
    """
    user, member = require_member(ctx, meeting_id)
    queue = offline.queue_of(member, checked_client(client_id))
    sequence = whole(checkpoint_data.sequence, "checkpointData.sequence")
    version = whole(checkpoint_data.version, "checkpointData.version")
    timestamp = finite(checkpoint_data.timestamp, "checkpointData.timestamp")
    if len(checkpoint_data.content_hash) > MAX_TEXT:
        raise Invalid(f"A hash has at most {MAX_TEXT} characters", "checkpointData.contentHash", maximum=MAX_TEXT)
    charge_call(ctx, user.id)
    made = checkpoints.create(
        ctx,
        queue,
        heads.ensure(ctx, meeting_id),
        checkpoints.Claim(sequence, version, checkpoint_data.content_hash, timestamp),
    )
    return CreatedCheckpoint(checkpoint_id=made.checkpoint_id, success=True)


@mutation
def restore_from_checkpoint(
    ctx: MutationCtx, meeting_id: MeetingId, client_id: str, checkpoint_id: str
) -> RestoredCheckpoint:
    """Return a checkpoint of the caller's client. For members.

    `notes/history:getRevision` has the text of then, `notes/sync:operationsSince` the operations since.
    """
    _, member = require_member(ctx, meeting_id)
    found = checkpoints.find(ctx, offline.queue_of(member, checked_client(client_id)), checkpoint_id)
    if found is None:
        return RestoredCheckpoint(success=False)
    return RestoredCheckpoint(
        success=True,
        checkpoint=CheckpointView(
            sequence=found.sequence,
            version=found.version,
            content_hash=found.content_hash,
            timestamp=found.timestamp,
        ),
    )


def _own(ctx: MutationCtx, meeting_id: MeetingId, client_id: str) -> tuple[Participant, QueueOf]:
    """Return the caller's membership, which may write, and the queue of their client."""
    _, member = require_permission(ctx, meeting_id, "meetingNotes", "write")
    return member, offline.queue_of(member, checked_client(client_id))


def _sync(ctx: MutationCtx, member: Participant, queue: QueueOf, queue_id: str | None, most: int) -> SyncedOperations:
    locks.require_unlocked(ctx, member)
    rows = offline.waiting(ctx, queue, queue_id)[:most]
    charge_call(ctx, member.user_id, cost_of_operations(len(rows)))
    done: Synced = offline.sync(ctx, queue, heads.ensure(ctx, member.meeting_id), rows)
    return SyncedOperations(
        success=done.synced > 0 or done.failed == 0,
        synced=done.synced,
        failed=done.failed,
        conflicts=done.conflicts,
        new_version=done.head.version,
        errors=done.errors,
        remaining_in_queue=len(offline.waiting(ctx, queue, queue_id)),
    )


def _parked(operation: OfflineOperationArgs) -> offline.Parked:
    if not 1 <= len(operation.id) <= MAX_ID:
        raise Invalid(f"The id of an operation has 1 to {MAX_ID} characters", "operations.id", maximum=MAX_ID)
    simple = documented.checked(operation.type, operation.position, operation.content, operation.length)
    return offline.Parked(operation.id, whole(operation.sequence, "operations.sequence"), simple)


def _health(failed: int, pending: int, age_ms: float) -> Health:
    if failed > MANY_FAILED or age_ms > VERY_LONG_MS:
        return "critical"
    return "warning" if pending > MANY_PENDING or age_ms > LONG_MS else "healthy"
