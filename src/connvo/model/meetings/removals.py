"""Detection of users whom a host has removed from a meeting."""

from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

from . import attendance
from .links import link_of

REMOVED = "A host has removed you from this meeting; ask a host to let you in again"


def was_removed(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a host has removed this user, who is not a member now."""
    if attendance.was_removed(ctx, meeting_id, user_id):
        return True
    link = link_of(ctx, meeting_id)
    return link is not None and user_id in link.barred
