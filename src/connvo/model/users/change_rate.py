"""How fast one person may change accounts, profiles and settings: sixty at once, then one a second."""

from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx
from connvo.schema.users import UserId

ACTION = "accountChange"
BURST = 60.0
RATE = 1.0
EVERYWHERE = ""


def charge_rate_limit(ctx: MutationCtx, user_id: UserId) -> None:
    """Count a change.

    Raises:
        RateLimited: Too many calls in a short time.
    """
    charge(ctx, user_id, ACTION, EVERYWHERE, BURST, RATE)
