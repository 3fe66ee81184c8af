"""How fast one member may change sessions and report on them: as fast as they may signal, counted apart."""

from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

ACTION = "sessions"


def charge_rate_limit(ctx: MutationCtx, user_id: UserId, meeting_id: MeetingId) -> None:
    """Count a call.

    Raises:
        RateLimited: Too many calls in a short time.
    """
    limits = ctx.settings.signals
    charge(ctx, user_id, ACTION, meeting_id, limits.burst, limits.per_second)
