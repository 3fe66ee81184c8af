"""The check of operators in front of actions, which have no snapshot of their own."""

from connvo.model.access import require_operator
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query


@internal_query
def check_operator(ctx: QueryCtx) -> None:
    """Refuse a caller who is no operator.

    Raises:
        Forbidden: The caller is no operator.
        Unauthorized: The call has no token.
    """
    require_operator(ctx)


@internal_mutation
def settle_behind_all(ctx: MutationCtx) -> None:
    """Write nothing, behind the mutations that wait. For operators.

    Raises:
        Forbidden: The caller is no operator.
        Unauthorized: The call has no token.
    """
    require_operator(ctx)
