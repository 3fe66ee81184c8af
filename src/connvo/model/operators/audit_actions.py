"""The different actions in the audit trail: one row is read for each of them, however many rows there are."""

from connvo.runtime.context import QueryCtx
from connvo.schema.audit import AuditLog

MAX_ACTIONS = 500


def different(ctx: QueryCtx) -> list[str]:
    """Return the actions of which there are rows, up to a bound, in the order of the alphabet."""
    found: list[str] = []
    rows = ctx.db.scan(AuditLog, "by_action", limit=1)
    while rows and len(found) < MAX_ACTIONS:
        found.append(rows[0].action)
        rows = ctx.db.scan(AuditLog, "by_action", after=rows[0].action, limit=1)
    return found
