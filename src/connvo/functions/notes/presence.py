"""Where the others are in the notes. Beside the documented API."""

from connvo.model import audiences
from connvo.model.access import require_member
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.notes import cursors
from connvo.rules.notes.limits import client_id as checked_client
from connvo.rules.notes.limits import whole
from connvo.runtime.context import MutationCtx, SharedCtx
from connvo.runtime.function import mutation, shared_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.users import User


class CursorView(Result, frozen=True, kw_only=True):
    """The selection of a client in the text after operation `sequence`; `head` is the caret, `at` in milliseconds."""

    client_id: str
    user: UserCard
    sequence: float
    anchor: float
    head: float
    at: float


@mutation
def set_cursor(
    ctx: MutationCtx, meeting_id: MeetingId, client_id: str, sequence: float, anchor: float, head: float
) -> None:
    """Show the other members where the caller is. It lasts 60 seconds, so clients renew it. For members.

    Raises:
        Invalid: A number is not whole or is negative.
        RateLimited: The caller moves more than four times per second, after 20 at once.
    """
    user, _ = require_member(ctx, meeting_id)
    cursors.put(
        ctx,
        meeting_id,
        user.id,
        checked_client(client_id),
        whole(sequence, "sequence"),
        whole(anchor, "anchor"),
        whole(head, "head"),
    )


@mutation
def leave(ctx: MutationCtx, meeting_id: MeetingId, client_id: str) -> None:
    """Remove the cursor of one of the caller's clients. For members."""
    user, _ = require_member(ctx, meeting_id)
    cursors.remove(ctx, meeting_id, user.id, checked_client(client_id))


@shared_query(audiences.members)
def list_cursors(ctx: SharedCtx[None], meeting_id: MeetingId) -> list[CursorView]:
    """Return where the members are, the caller included. For members."""
    found = []
    for cursor in cursors.of_meeting(ctx, meeting_id):
        user = ctx.db.get(User, cursor.user_id)
        found.append(
            CursorView(
                client_id=cursor.client_id,
                user=UserCard(id=cursor.user_id) if user is None else card_of(user),
                sequence=cursor.sequence,
                anchor=cursor.anchor,
                head=cursor.head,
                at=cursor.at,
            )
        )
    return found
