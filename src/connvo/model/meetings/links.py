"""The link of a meeting: at most one is live, and it ends with the meeting.

A code is the secret of whoever got it: it stands in no log, no error and no audit row.
"""

from connvo.kernel.ids import ALPHABET
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.links import MeetingLink
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

# Five bits each: as hard to guess as the 128 bits that a run draws its random numbers from.
CODE_LENGTH = 26
# More removals than any room holds: such a link has gone to the wrong people, and a new one is called for.
MAX_BARRED = 200


def link_of(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingLink | None:
    """Return the live link of a meeting, or None."""
    return ctx.db.first(MeetingLink, "by_meeting", meeting_id)


def link_with(ctx: QueryCtx, code: str) -> MeetingLink | None:
    """Return the live link with this code, or None."""
    return ctx.db.first(MeetingLink, "by_code", code) if len(code) == CODE_LENGTH else None


def make_link(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> MeetingLink:
    """Return a new link. The caller has seen that there is none."""
    code = "".join(ctx.random.choices(ALPHABET, k=CODE_LENGTH))
    return ctx.db.insert(MeetingLink(meeting_id=meeting_id, code=code, created_by=user_id, created_at=ctx.now))


def drop_link(ctx: MutationCtx, meeting_id: MeetingId) -> bool:
    """End the live link of a meeting; return whether there was one."""
    link = link_of(ctx, meeting_id)
    if link is not None:
        ctx.db.delete(link)
    return link is not None


def allow(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Let the live link of a meeting lead a removed person in again."""
    link = link_of(ctx, meeting_id)
    if link is not None and user_id in link.barred:
        ctx.db.patch(link, barred=tuple(one for one in link.barred if one != user_id))


def renew_without(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Give the live link a new code that lets a removed person in under no account, and the known one never."""
    link = link_of(ctx, meeting_id)
    if link is None:
        return
    barred = link.barred if user_id in link.barred else (*link.barred, user_id)
    ctx.db.delete(link)
    if len(barred) <= MAX_BARRED:
        ctx.db.patch(make_link(ctx, meeting_id, link.created_by), barred=barred)
