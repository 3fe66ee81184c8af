"""Jobs: snapshots, packing, and the deletion of what is no longer kept.

Guarantees: each step is one transaction, so a job that dies leaves nothing half done, and its next run continues.
"""

from collections.abc import Sequence

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import (
    MeetingNotes,
    NoteCheckpoint,
    NoteCursor,
    NotePack,
    NoteRevision,
    OfflineOperation,
)
from connvo.store.schema import BY_CREATION, Document

from . import heads, packs, revisions

MS = 1000.0
MINUTE = 60.0
DAY_MS = 86_400_000.0
BATCH = 200

SNAPSHOT_OPERATIONS = 200
# A long text gets a snapshot less often: twice as long, half as often.
SNAPSHOT_TEXT = 200_000
QUIET_SECONDS = 5 * MINUTE
PACK_AFTER_SECONDS = 61 * MINUTE
SETTLED_OPERATIONS = 2_000
CURSOR_SECONDS = 60.0
PACK_DAYS = 90
OFFLINE_DAYS = 7


@internal_mutation
def take_snapshot(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Store the text as a revision, if it has changed since the newest one."""
    head = heads.find(ctx, meeting_id)
    if head is not None:
        revisions.make(ctx, head)


@internal_mutation
def take_quiet_snapshot(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Store the text as a revision once nothing has been written for five minutes; until then, try again later."""
    head = heads.find(ctx, meeting_id)
    if head is None:
        return
    due = head.updated_at + QUIET_SECONDS * MS
    if ctx.now < due:
        ctx.scheduler.run_at(due, take_quiet_snapshot, meeting_id=meeting_id)
    else:
        revisions.make(ctx, head)


@internal_mutation
def pack(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Pack the oldest operations of a meeting, one pack per run; run again while there are enough."""
    head = heads.find(ctx, meeting_id)
    newest = None if head is None else revisions.newest(ctx, meeting_id)
    if head is not None and newest is not None and packs.pack_oldest(ctx, head, newest.sequence):
        ctx.scheduler.run_after(0, pack, meeting_id=meeting_id)


def after_append(ctx: MutationCtx, before: MeetingNotes, head: MeetingNotes) -> None:
    """Schedule the jobs that are due when the head has moved on from `before`."""
    meeting_id = head.meeting_id
    step = SNAPSHOT_OPERATIONS
    while step * SNAPSHOT_TEXT < SNAPSHOT_OPERATIONS * head.length:
        step *= 2
    if _passes(before.sequence, head.sequence, step):
        ctx.scheduler.run_after(0, take_snapshot, meeting_id=meeting_id)
    if before.sequence == 0 or ctx.now - before.updated_at >= QUIET_SECONDS * MS:
        ctx.scheduler.run_after(QUIET_SECONDS, take_quiet_snapshot, meeting_id=meeting_id)
    if head.sequence > packs.KEPT_ROWS and _passes(before.sequence, head.sequence, packs.PACK):
        ctx.scheduler.run_after(PACK_AFTER_SECONDS, pack, meeting_id=meeting_id)


@every(seconds=10 * MINUTE)
@internal_mutation
def thin_revisions(ctx: MutationCtx) -> None:
    """Delete revisions that are a day old, but for one in 2,000 operations and the newest of each meeting."""
    found = ctx.db.scan(NoteRevision, "by_age", False, until=ctx.now - DAY_MS, limit=BATCH)
    for revision in found:
        if _stays(ctx, revision):
            ctx.db.patch(revision, settled=True)
        else:
            revisions.drop(ctx, revision)
    if len(found) == BATCH:
        ctx.scheduler.run_after(0, thin_revisions)


@every(seconds=CURSOR_SECONDS / 4)
@internal_mutation
def drop_cursors(ctx: MutationCtx) -> None:
    """Delete the cursors of clients that have not renewed them; run again while there are more."""
    old = ctx.db.scan(NoteCursor, "by_age", until=ctx.now - CURSOR_SECONDS * MS, limit=BATCH)
    for cursor in old:
        ctx.db.delete(cursor)
    if len(old) == BATCH:
        ctx.scheduler.run_after(0, drop_cursors)


@every(seconds=60 * MINUTE)
@internal_mutation
def drop_old(ctx: MutationCtx) -> None:
    """Delete old packs, offline operations and checkpoints, a batch of each; run again while there are more."""
    offline = ctx.now - OFFLINE_DAYS * DAY_MS
    batches: list[Sequence[Document]] = [
        ctx.db.scan(NotePack, BY_CREATION, until=ctx.now - PACK_DAYS * DAY_MS, limit=BATCH),
        ctx.db.scan(OfflineOperation, "by_age", until=offline, limit=BATCH),
        ctx.db.scan(NoteCheckpoint, "by_age", until=offline, limit=BATCH),
    ]
    for old in batches:
        for row in old:
            ctx.db.delete(row)
    if any(len(old) == BATCH for old in batches):
        ctx.scheduler.run_after(0, drop_old)


def _passes(before: int, after: int, step: int) -> bool:
    return before // step < after // step


def _stays(ctx: MutationCtx, revision: NoteRevision) -> bool:
    """Return whether a revision is the newest, or far enough from the one before it that stays."""
    newer = ctx.db.scan(NoteRevision, "by_sequence", revision.meeting_id, after=revision.sequence, limit=1)
    older = ctx.db.scan(
        NoteRevision, "by_sequence", revision.meeting_id, before=revision.sequence, reverse=True, limit=1
    )
    return not newer or revision.sequence - (older[0].sequence if older else 0) >= SETTLED_OPERATIONS
