"""Cursors: where the others are in the text. A client renews its own; one that does not loses it after a minute."""

from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import NoteCursor
from connvo.schema.users import UserId

ACTION = "noteCursor"
BURST = 20.0
PER_SECOND = 4.0
MAX_CURSORS = 400
MAX_OF_USER = 8  # in one meeting; the one that was renewed the longest ago goes


def put(
    ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, client_id: str, sequence: int, anchor: int, head: int
) -> None:
    """Store where a client is, in the text after operation `sequence`.

    Raises:
        RateLimited: The user moves too often.
    """
    charge(ctx, user_id, ACTION, "", BURST, PER_SECOND)
    held = ctx.db.first(NoteCursor, "by_client", meeting_id, user_id, client_id)
    if held is not None:
        ctx.db.patch(held, sequence=sequence, anchor=anchor, head=head, at=ctx.now)
        return
    others = sorted(ctx.db.scan(NoteCursor, "by_client", meeting_id, user_id), key=lambda cursor: cursor.at)
    for cursor in others[: max(0, len(others) - MAX_OF_USER + 1)]:
        ctx.db.delete(cursor)
    ctx.db.insert(
        NoteCursor(
            meeting_id=meeting_id,
            user_id=user_id,
            client_id=client_id,
            sequence=sequence,
            anchor=anchor,
            head=head,
            at=ctx.now,
        )
    )


def remove(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, client_id: str) -> None:
    """Delete a client's cursor."""
    held = ctx.db.first(NoteCursor, "by_client", meeting_id, user_id, client_id)
    if held is not None:
        ctx.db.delete(held)


def remove_all(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Delete the cursors of a user in a meeting."""
    for cursor in ctx.db.scan(NoteCursor, "by_client", meeting_id, user_id):
        ctx.db.delete(cursor)


def of_meeting(ctx: QueryCtx, meeting_id: MeetingId) -> list[NoteCursor]:
    """Return the cursors of a meeting. It reads no clock, so that no result ages: a job deletes old ones."""
    return ctx.db.scan(NoteCursor, "by_client", meeting_id, limit=MAX_CURSORS)
