"""Telling a person whom a host has removed from one who was never invited."""

from ...runtime.context import QueryCtx
from ...schema.meetings import MeetingId
from ...schema.recovery import CallEvent
from ...schema.users import UserId
from .links import link_of

REMOVED = "A host has removed you from this meeting; ask for a new invitation"


def was_removed(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a host has removed this person, who is no member now."""
    link = link_of(ctx, meeting_id)
    if link is not None and user_id in link.barred:
        return True
    last = ctx.db.scan(CallEvent, "by_member", meeting_id, user_id, reverse=True, limit=1)
    return bool(last) and last[0].kind == "removed"
