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
# With more removals than a room has members, the link has leaked: it ends, and hosts need to create a new one.
MAX_BARRED = 200


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


def allow(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Let a removed user enter by the live link of a meeting again."""
    link = link_of(ctx, meeting_id)
    if link is not None and user_id in link.barred:
        ctx.db.patch(link, barred=tuple(one for one in link.barred if one != user_id))


def renew_without(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Replace the code of the live link and bar a removed user; the code they know admits no account of theirs."""
    link = link_of(ctx, meeting_id)
    if link is None:
        return
    barred = link.barred if user_id in link.barred else (*link.barred, user_id)
    ctx.db.delete(link)
    if len(barred) <= MAX_BARRED:
        ctx.db.patch(make_link(ctx, meeting_id, link.created_by), barred=barred)
