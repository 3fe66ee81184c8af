"""How fast one member may change sessions and report on them: as fast as they may signal, counted apart."""

from ....runtime.context import MutationCtx
from ....schema.meetings import MeetingId
from ....schema.users import UserId
from ..._shared.rate_limit import charge

ACTION = "sessions"


def keep_pace(ctx: MutationCtx, user_id: UserId, meeting_id: MeetingId) -> None:
    """Counts a call. Raises RateLimited."""
    limits = ctx.settings.signals
    charge(ctx, user_id, ACTION, meeting_id, limits.burst, limits.rate)
