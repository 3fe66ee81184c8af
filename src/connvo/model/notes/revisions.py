"""The text of a meeting's notes, now and earlier: a snapshot, and the operations after it.

A snapshot is also a revision, which the history lists. Older operations are read from packs.
"""

from connvo.rules.notes.operation import Operation
from connvo.rules.notes.pieces import apply_all
from connvo.rules.notes.utf16 import units
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import MeetingNotes, NoteOperation, NoteRevision, NoteSnapshot

from . import log, packs

# Operations that are applied to one snapshot at most; there is a snapshot far more often.
MAX_TAIL = 20_000


def newest(ctx: QueryCtx, meeting_id: MeetingId, until: int | None = None) -> NoteRevision | None:
    """Return the newest revision, or the newest up to a sequence; None if there is none."""
    found = ctx.db.scan(NoteRevision, "by_sequence", meeting_id, until=until, reverse=True, limit=1)
    return found[0] if found else None


def content_of(ctx: QueryCtx, revision: NoteRevision | None) -> str:
    """Return the text of a revision; before the first one it is empty."""
    if revision is None:
        return ""
    snapshot = ctx.db.first(NoteSnapshot, "by_sequence", revision.meeting_id, revision.sequence)
    if snapshot is None:
        raise LookupError(f"revision {revision.id} has no snapshot")
    return snapshot.content


def text_now(ctx: QueryCtx, head: MeetingNotes) -> str:
    """Return the text."""
    revision = newest(ctx, head.meeting_id)
    rows = log.rows(ctx, head.meeting_id, 0 if revision is None else revision.sequence)
    return apply_all(content_of(ctx, revision), (row.changes for row in rows))


def text_at(ctx: QueryCtx, meeting_id: MeetingId, sequence: int) -> str | None:
    """Return the text after an operation, or None if it is no longer kept."""
    revision = newest(ctx, meeting_id, sequence)
    start = 0 if revision is None else revision.sequence
    operations = _between(ctx, meeting_id, start, sequence)
    return None if operations is None else apply_all(content_of(ctx, revision), operations)


def make(ctx: MutationCtx, head: MeetingNotes) -> NoteRevision | None:
    """Store the present text as a revision; return it, or None if the newest one has this text already."""
    before = newest(ctx, head.meeting_id)
    start = 0 if before is None else before.sequence
    if head.sequence == start:
        return None
    rows = log.rows(ctx, head.meeting_id, start)
    text = apply_all(content_of(ctx, before), (row.changes for row in rows))
    ctx.db.insert(NoteSnapshot(meeting_id=head.meeting_id, sequence=head.sequence, content=text))
    return ctx.db.insert(_revision(head, rows))


def drop(ctx: MutationCtx, revision: NoteRevision) -> None:
    """Delete a revision with its text."""
    snapshot = ctx.db.first(NoteSnapshot, "by_sequence", revision.meeting_id, revision.sequence)
    if snapshot is not None:
        ctx.db.delete(snapshot)
    ctx.db.delete(revision)


def _revision(head: MeetingNotes, rows: list[NoteOperation]) -> NoteRevision:
    changes = [change for row in rows for change in row.changes]
    return NoteRevision(
        meeting_id=head.meeting_id,
        sequence=head.sequence,
        authors=tuple(dict.fromkeys(row.user_id for row in rows if row.user_id is not None)),
        added=sum(units(change.content) for change in changes),
        removed=sum(change.length for change in changes),
        at=head.updated_at,
    )


def _between(ctx: QueryCtx, meeting_id: MeetingId, after: int, until: int) -> list[Operation] | None:
    """Return the operations after one sequence up to another, or None if some are no longer kept."""
    if until - after > MAX_TAIL:
        return None
    rows = log.rows(ctx, meeting_id, after, until)
    stored = rows[0].sequence - 1 if rows else until
    packed = packs.operations(ctx, meeting_id, after, stored)
    operations = [*packed, *(row.changes for row in rows)]
    return operations if len(operations) == until - after else None
