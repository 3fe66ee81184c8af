"""Earlier texts of the notes. Beside the documented API."""

from connvo.kernel.errors import Conflict, NotFound
from connvo.model import audiences
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.notes import heads, log, revisions, rollback
from connvo.model.pagination import PaginationOpts, newest_first
from connvo.rules.notes.limits import whole
from connvo.runtime.context import QueryCtx, SharedCtx
from connvo.runtime.function import shared_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.notes import NoteRevision
from connvo.schema.users import User, UserId


class RevisionView(Result, frozen=True, kw_only=True):
    """A stored text: its authors since the one before, and the units they added and removed. `at` in milliseconds."""

    sequence: float
    at: float
    authors: list[UserCard]
    added: float
    removed: float


class Revisions(Result, frozen=True, kw_only=True):
    """A page of revisions; `continue_cursor` is null after the last one. A page that has grown can be split."""

    page: list[RevisionView]
    is_done: bool
    continue_cursor: str | None
    split_cursor: str | None = None


class Revision(Result, frozen=True, kw_only=True):
    """The text after operation `sequence`, which was committed `at`, in milliseconds."""

    sequence: float
    content: str
    at: float


@shared_query(audiences.members)
def list_revisions(ctx: SharedCtx[None], meeting_id: MeetingId, pagination_opts: PaginationOpts) -> Revisions:
    """Return a page of revisions, newest first. For members.

    A page has 1 to 100 revisions.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    found = newest_first(ctx, NoteRevision, "by_sequence", meeting_id, pagination_opts)
    cards: dict[UserId, UserCard] = {}
    return Revisions(
        page=[_view(ctx, revision, cards) for revision in found.items],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
        split_cursor=found.split,
    )


@shared_query(audiences.members)
def get_revision(ctx: SharedCtx[None], meeting_id: MeetingId, sequence: float) -> Revision:
    """Return the text after an operation. For members.

    Raises:
        Conflict: That text is no longer kept: choose one of the revisions.
        Invalid: The sequence is not a whole number.
        NotFound: There is no such operation yet.
    """
    wanted = whole(sequence, "sequence")
    head = heads.find(ctx, meeting_id)
    if head is None or wanted > head.sequence:
        raise NotFound("Revision", str(wanted))
    text = revisions.text_at(ctx, meeting_id, wanted)
    if text is None:
        raise Conflict(rollback.NOT_KEPT, reason="notKept", nearestSequence=rollback.nearest(ctx, head, wanted))
    return Revision(sequence=wanted, content=text, at=_time_of(ctx, meeting_id, wanted, head.creation_time))


def _time_of(ctx: QueryCtx, meeting_id: MeetingId, sequence: int, created: float) -> float:
    """Return when the text was made; of a packed operation, when the revision before it was."""
    rows = log.page(ctx, meeting_id, sequence - 1, 1)
    if rows and rows[0].sequence == sequence:
        return rows[0].at
    revision = revisions.newest(ctx, meeting_id, sequence)
    return created if revision is None else revision.at


def _view(ctx: QueryCtx, revision: NoteRevision, cards: dict[UserId, UserCard]) -> RevisionView:
    for user_id in revision.authors:
        if user_id not in cards:
            user = ctx.db.get(User, user_id)
            cards[user_id] = UserCard(id=user_id) if user is None else card_of(user)
    return RevisionView(
        sequence=revision.sequence,
        at=revision.at,
        authors=[cards[user_id] for user_id in revision.authors],
        added=revision.added,
        removed=revision.removed,
    )
