"""The head of a meeting's notes: where the log is, without the text."""

from connvo.kernel.errors import Conflict
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import MeetingNotes

RESOURCE = "meetingNotes"


def find(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingNotes | None:
    """Return the head, or None if the meeting has no notes."""
    return ctx.db.first(MeetingNotes, "by_meeting", meeting_id)


def create(ctx: MutationCtx, meeting_id: MeetingId) -> MeetingNotes:
    """Begin the notes of a new meeting."""
    return ctx.db.insert(MeetingNotes(meeting_id=meeting_id, last_rebased_at=ctx.now, updated_at=ctx.now))


def ensure(ctx: MutationCtx, meeting_id: MeetingId) -> MeetingNotes:
    """Return the head; meetings of earlier versions get theirs now."""
    return find(ctx, meeting_id) or create(ctx, meeting_id)


def require_version(head: MeetingNotes, expected: int | None) -> None:
    """Check the version that a caller expects.

    Raises:
        Conflict: The notes have another one.
    """
    if expected is not None and expected != head.version:
        raise Conflict(
            "The notes were changed meanwhile: load them again",
            field="expectedVersion",
            version=head.version,
            sequence=head.sequence,
        )
