"""The actions that the audit trail tells of, from which operators choose."""

from connvo.model.access import require_operator
from connvo.model.operators import audit_actions
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query

PRIORITY: Priority = "low"


@query
def list_actions(ctx: QueryCtx) -> list[str]:
    """Return the different actions in the audit trail, up to 500, in the order of the alphabet. For operators.

    Raises:
        Forbidden: The caller is no operator.
    """
    require_operator(ctx)
    return audit_actions.different(ctx)
