"""Failures of every kind: refused on purpose, and unforeseen."""

from connvo.kernel.errors import Conflict
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import action, mutation, query

from .notes import Note


class BrokenError(Exception):
    """What nobody foresaw."""


def refusal() -> Conflict:
    """Return an error that a function raises on purpose."""
    return Conflict("There is one already", taken="yes")


@query
def query_refuses(ctx: QueryCtx) -> None:
    """Raise Conflict."""
    raise refusal()


@query
def query_breaks(ctx: QueryCtx) -> None:
    """Break."""
    raise BrokenError("secret detail")


@mutation
def mutation_refuses(ctx: MutationCtx) -> None:
    """Write, then raise Conflict."""
    ctx.db.insert(Note(channel="refused", text="must not stay", rank=0))
    raise refusal()


@mutation
def mutation_breaks(ctx: MutationCtx) -> None:
    """Write, then break."""
    ctx.db.insert(Note(channel="refused", text="must not stay", rank=0))
    raise BrokenError("secret detail")


@action
async def action_refuses(ctx: ActionCtx) -> None:
    """Raise Conflict."""
    raise refusal()


@action
async def action_breaks(ctx: ActionCtx) -> None:
    """Break."""
    raise BrokenError("secret detail")
