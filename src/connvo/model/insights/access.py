"""Access to an insight: for its owner, and for admins of the owner's organisation."""

from connvo.kernel.errors import NotFound
from connvo.model.access import is_admin_of, require_user
from connvo.runtime.context import QueryCtx
from connvo.schema.insights import Insight, InsightId
from connvo.schema.users import User


def require_insight(ctx: QueryCtx, insight_id: InsightId) -> tuple[Insight, User, User]:
    """Return an insight, its owner and the caller.

    Raises:
        NotFound: The caller may see no such insight.
    """
    caller = require_user(ctx)
    insight = ctx.db.get(Insight, insight_id)
    owner = None if insight is None else ctx.db.get(User, insight.user_id)
    if insight is None or insight.deleted or owner is None:
        raise NotFound("Insight", insight_id)
    if owner.id != caller.id and not is_admin_of(ctx, owner):
        raise NotFound("Insight", insight_id)
    return insight, owner, caller
