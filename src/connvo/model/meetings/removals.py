"""Telling a person whom a host has removed from one who was never invited."""

from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

from . import attendance
from .links import link_of

REMOVED = "A host has removed you from this meeting; ask a host to let you in again"


def was_removed(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a host has removed this person, who is no member now."""
    if attendance.was_removed(ctx, meeting_id, user_id):
        return True
    link = link_of(ctx, meeting_id)
    return link is not None and user_id in link.barred
