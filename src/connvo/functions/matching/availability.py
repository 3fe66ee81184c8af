"""Whether this server offers matching. Beside the documented API."""

from connvo.model.access import is_admin_of, require_identity, require_user
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query
from connvo.runtime.wire import Result

PRIORITY: Priority = "low"


class MatchingAvailability(Result, frozen=True, kw_only=True):
    """Whether matching is on, whether the caller belongs to an organisation, and whether they may see numbers."""

    enabled: bool
    has_organisation: bool
    sees_numbers: bool


@query
def get_availability(ctx: QueryCtx) -> MatchingAvailability:
    """Return whether this server offers matching. For signed-in users.

    Raises:
        Unauthorized: The caller has no account.
    """
    user = require_user(ctx)
    return MatchingAvailability(
        enabled=ctx.settings.matching.enabled,
        has_organisation=user.org_id is not None,
        sees_numbers=require_identity(ctx).operator or is_admin_of(ctx, user),
    )
