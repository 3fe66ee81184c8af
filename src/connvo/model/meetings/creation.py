"""Limits on the meetings that one user may create."""

from connvo.kernel.errors import Conflict
from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx
from connvo.schema.meetings import Meeting
from connvo.schema.users import UserId

ACTION = "createMeeting"
MINUTE = 60.0


def charge_meeting(ctx: MutationCtx, user_id: UserId) -> None:
    """Charge a new meeting of an organiser.

    Raises:
        RateLimited: The organiser has created too many meetings lately.
        Conflict: The organiser has too many meetings that have not started.
    """
    limits = ctx.settings.meetings
    charge(ctx, user_id, ACTION, "", limits.create_burst, limits.create_per_minute / MINUTE)
    most = limits.scheduled_per_member
    if ctx.db.count(Meeting, "by_organizer_state", user_id, "scheduled", limit=most) >= most:
        raise Conflict(f"{most} of your meetings have not started: cancel one of them first", limit=most)
