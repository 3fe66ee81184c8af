"""Lists that only grow, appended to and read by transactions of several steps."""

from typing import Literal, NewType

import msgspec

from connvo.kernel.errors import NotFound
from connvo.runtime.context import MutationCtx, QueryCtx, SharedCtx
from connvo.runtime.function import mutation, query, shared_query
from connvo.store.schema import Document, table

GrowingId = NewType("GrowingId", str)


@table("clusterLists", 19101, id_type=GrowingId, indexes={"by_key": ("key",)})
class Growing(Document, frozen=True, kw_only=True):
    """A list."""

    id: GrowingId = GrowingId("")
    key: str
    values: list[str] = []


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Appends a value, or reads the list."""

    kind: Literal["append", "read"]
    key: str
    value: str = ""


@mutation
def transact(ctx: MutationCtx, steps: list[Step], refuse: bool = False) -> list[list[str]]:
    """Take steps one after the other; return what those that read have read. Refused, it leaves nothing."""
    seen = [_take(ctx, step) for step in steps]
    if refuse:
        raise NotFound("Reason", "to do this")
    return seen


def known(ctx: QueryCtx) -> bool:
    """Return whether the caller has a token; all who have none are shown the same, and so are all others."""
    return ctx.auth is not None


@shared_query(known)
def read(ctx: SharedCtx[bool], key: str) -> list[str]:
    """Return a list."""
    held = ctx.db.first(Growing, "by_key", key)
    return [] if held is None else held.values


@query
def read_all(ctx: QueryCtx, keys: list[str]) -> list[list[str]]:
    """Return several lists."""
    return [read(ctx, key=key) for key in keys]


def _take(ctx: MutationCtx, step: Step) -> list[str]:
    if step.kind == "read":
        return read(ctx, key=step.key)
    held = ctx.db.first(Growing, "by_key", step.key)
    if held is None:
        ctx.db.insert(Growing(key=step.key, values=[step.value]))
    else:
        ctx.db.patch(held, values=[*held.values, step.value])
    return []
