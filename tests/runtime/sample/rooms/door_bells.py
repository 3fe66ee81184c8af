"""A module in a package."""

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_query, mutation
from tests.runtime.sample.notes import add_note


@mutation
def ring_bell(ctx: MutationCtx, ice_name: str) -> str:
    """Add a note by calling another function within the same transaction."""
    return add_note(ctx, owner="bell", text=ice_name)


@internal_query
def count_bells(ctx: QueryCtx) -> float:
    """Is for the server alone."""
    return 0.0
