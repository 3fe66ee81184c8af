"""Queries that many may ask: what a circle has written, for those who belong to it."""

from connvo.kernel.errors import Forbidden
from connvo.runtime.context import MutationCtx, QueryCtx, SharedCtx
from connvo.runtime.function import mutation, paced, query, shared_query
from connvo.runtime.wire import PaginationOptions, Result
from tests.support.tables import Item

MEMBER, NOTE = "member", "note"


class Notes(Result, frozen=True, kw_only=True):
    """A page of notes."""

    page: list[str]
    continue_cursor: str | None


def standing(ctx: QueryCtx, circle: str) -> str:
    """Return whether the caller leads the circle or belongs to it; others are refused."""
    name = ctx.auth.subject if ctx.auth else ""
    member = ctx.db.first(Item, "by_label", f"{MEMBER} {circle} {name}")
    if member is None:
        raise Forbidden("You do not belong to this circle", circle=circle)
    ctx.heartbeat(circle, name)
    return member.note


def belonging(ctx: QueryCtx, circle: str) -> None:
    """Let those in who belong to the circle, all alike."""
    standing(ctx, circle)


@shared_query(belonging)
def written(ctx: SharedCtx[None], circle: str) -> list[str]:
    """Return what was written in a circle."""
    return [item.note for item in ctx.db.scan(Item, "by_owner", f"{NOTE} {circle}")]


@paced
@shared_query(belonging)
def present(ctx: SharedCtx[None], circle: str, above: float = 0.0) -> float:
    """Return how much was written above a number, for those who can wait for it."""
    return -above + len(ctx.db.scan(Item, "by_owner", f"{NOTE} {circle}"))


@shared_query(standing)
def count(ctx: SharedCtx[str], circle: str) -> str:
    """Return how much was written, and what the caller is in the circle."""
    return f"{ctx.audience}: {len(ctx.db.scan(Item, 'by_owner', f'{NOTE} {circle}'))}"


@shared_query(belonging)
def pages(ctx: SharedCtx[None], circle: str, pagination_opts: PaginationOptions) -> Notes:
    """Return a page of what was written."""
    found = ctx.db.paginate(
        Item, "by_owner", f"{NOTE} {circle}", cursor=pagination_opts.cursor, size=int(pagination_opts.num_items)
    )
    return Notes(page=[item.note for item in found.items], continue_cursor=None if found.done else found.cursor)


@shared_query(belonging)
def nosy(ctx: SharedCtx[None], circle: str) -> str | None:
    """Want to know its caller."""
    return ctx.auth.subject


@query
def summary(ctx: QueryCtx, circle: str) -> list[str]:
    """Call another query as a function."""
    return [*written(ctx, circle), count(ctx, circle=circle)]


@mutation
def write(ctx: MutationCtx, circle: str, text: str, leave: list[str] | None = None) -> None:
    """Write in a circle, and in the same step take people out of it."""
    ctx.db.insert(Item(owner=f"{NOTE} {circle}", note=text))
    for name in leave or []:
        for member in ctx.db.scan(Item, "by_label", f"{MEMBER} {circle} {name}"):
            ctx.db.delete(member)


@mutation
def let_in(ctx: MutationCtx, circle: str, name: str, role: str = "member") -> None:
    """Make somebody a member, or change what they are."""
    held = ctx.db.first(Item, "by_label", f"{MEMBER} {circle} {name}")
    if held is None:
        ctx.db.insert(Item(label=f"{MEMBER} {circle} {name}", note=role))
    else:
        ctx.db.patch(held, note=role)
