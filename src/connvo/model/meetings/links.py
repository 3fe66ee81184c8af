"""The link of a meeting.

Guarantees:
    A meeting has at most one live link, which ends with the meeting.
    A code is secret: it appears in no log, error or audit row.
"""

from connvo.kernel.ids import ALPHABET
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.links import MeetingLink
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

# Five bits per character: as hard to guess as the 128-bit seed of a run's random numbers.
CODE_LENGTH = 26


def link_of(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingLink | None:
    """Return the live link of a meeting, or None."""
    return ctx.db.first(MeetingLink, "by_meeting", meeting_id)


def link_with(ctx: QueryCtx, code: str) -> MeetingLink | None:
    """Return the live link with this code, or None."""
    return ctx.db.first(MeetingLink, "by_code", code) if len(code) == CODE_LENGTH else None


def make_link(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> MeetingLink:
    """Create a link and return it. The caller has checked that there is none."""
    code = "".join(ctx.random.choices(ALPHABET, k=CODE_LENGTH))
    return ctx.db.insert(MeetingLink(meeting_id=meeting_id, code=code, created_by=user_id, created_at=ctx.now))


def drop_link(ctx: MutationCtx, meeting_id: MeetingId) -> bool:
    """End the live link of a meeting; return whether there was one."""
    link = link_of(ctx, meeting_id)
    if link is not None:
        ctx.db.delete(link)
    return link is not None


def renew(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Replace the code of the live link, if there is one, so that the old code admits no user."""
    link = link_of(ctx, meeting_id)
    if link is not None:
        ctx.db.delete(link)
        make_link(ctx, meeting_id, link.created_by)
