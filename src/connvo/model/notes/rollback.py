"""Rollback: an operation that makes an earlier text, so that clients follow it like any other and lose nothing."""

from typing import NamedTuple

from connvo.kernel.errors import Conflict
from connvo.model.audit import audit
from connvo.rules.notes.diff import diff
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.notes import MeetingNotes, NoteRevision, NoteRollback
from connvo.schema.users import UserId

from . import heads, revisions
from .effort import charge_call, cost_of_comparing
from .writer import Author, NoteWriter

NOT_KEPT = "The notes of then are no longer kept: choose a revision"


class RolledBack(NamedTuple):
    """The head after a rollback, and the number of edits that it undid."""

    head: MeetingNotes
    removed: int


def roll_back(ctx: MutationCtx, head: MeetingNotes, target: int, actor: UserId, reason: str | None) -> RolledBack:
    """Make the text after operation `target` again; one above the head is the head. A long text counts as many calls.

    Raises:
        Conflict: That text is no longer kept; metadata.nearestSequence names a revision near it.
        RateLimited: The user writes too often, for what it takes.
    """
    target = min(target, head.sequence)
    charge_call(ctx, actor, cost_of_comparing(head.length))
    revisions.make(ctx, head)
    wanted = revisions.text_at(ctx, head.meeting_id, target)
    if wanted is None:
        raise Conflict(NOT_KEPT, reason="notKept", nearestSequence=nearest(ctx, head, target))
    removed = _live_edits_after(ctx, head, target)
    operation = diff(revisions.text_now(ctx, head), wanted)
    writer = NoteWriter(ctx, head)
    row = writer.append(operation, Author(actor), "rollback", target)
    ctx.db.insert(NoteRollback(meeting_id=head.meeting_id, sequence=row.sequence, target=target, reason=reason))
    head = writer.finish(rebased=True)
    audit(
        ctx,
        "notes.rollback",
        heads.RESOURCE,
        head.meeting_id,
        actor,
        target_sequence=float(target),
        operations_removed=float(removed),
    )
    return RolledBack(head, removed)


def _live_edits_after(ctx: QueryCtx, head: MeetingNotes, target: int) -> int:
    """Return how many edits after `target` are in the text: those that no rollback has undone."""
    rollbacks = ctx.db.scan(NoteRollback, "by_sequence", head.meeting_id, after=target, reverse=True)
    live, at = 0, head.sequence
    for rollback in rollbacks:
        if rollback.sequence <= at:
            live += at - rollback.sequence
            at = rollback.target
    return live + max(0, at - target)


def nearest(ctx: QueryCtx, head: MeetingNotes, target: int) -> float:
    """Return the sequence of the revision that is nearest to `target`."""
    before = revisions.newest(ctx, head.meeting_id, target)
    following = ctx.db.scan(NoteRevision, "by_sequence", head.meeting_id, after=target, limit=1)
    near = [revision.sequence for revision in (before, *following) if revision is not None]
    return float(min(near, key=lambda sequence: abs(sequence - target), default=head.sequence))
