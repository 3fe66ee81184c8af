"""The rate limit of one user's changes to accounts, profiles and settings."""

from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx
from connvo.schema.users import UserId

ACTION = "accountChange"
BURST = 60.0
RATE = 1.0
EVERYWHERE = ""


def charge_rate_limit(ctx: MutationCtx, user_id: UserId) -> None:
    """Charge a change.

    Raises:
        RateLimited: The user has made too many changes lately.
    """
    charge(ctx, user_id, ACTION, EVERYWHERE, BURST, RATE)
