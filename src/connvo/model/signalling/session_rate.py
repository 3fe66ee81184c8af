"""The rate limit of one member's session changes and reports: that of signals, counted separately."""

from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

ACTION = "sessions"


def charge_rate_limit(ctx: MutationCtx, user_id: UserId, meeting_id: MeetingId) -> None:
    """Charge a session change or report.

    Raises:
        RateLimited: The member changes and reports on sessions too fast.
    """
    limits = ctx.settings.signals
    charge(ctx, user_id, ACTION, meeting_id, limits.burst, limits.per_second)
