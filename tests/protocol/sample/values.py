"""Values that come back as they went in, and who asks."""

import asyncio
from typing import Any

import msgspec

from connvo.runtime.context import ActionCtx, QueryCtx
from connvo.runtime.function import action, query

from .notes import add

UNSET = msgspec.UNSET


@query
def echo(ctx: QueryCtx, i: Any = UNSET, b: Any = UNSET, f: Any = UNSET, n: Any = UNSET, z: Any = UNSET) -> Any:
    """Return what was given."""
    given = {"i": i, "b": b, "f": f, "n": n, "z": z}
    return {"echo": {name: value for name, value in given.items() if value is not UNSET}}


@query
def whoami(ctx: QueryCtx) -> str | None:
    """Return the caller's subject; null without a token."""
    return ctx.auth.subject if ctx.auth else None


@query
def large(ctx: QueryCtx, characters: float) -> str:
    """Return a text of that length."""
    return "ä𝄞x" * int(characters // 3)


@action
async def act(ctx: ActionCtx, x: Any = None) -> Any:
    """Return what was given."""
    return {"echo": {"x": x}, "subject": ctx.auth.subject if ctx.auth else None}


@action
async def slow(ctx: ActionCtx, seconds: float = 0.5) -> str:
    """Take its time, then add a note."""
    await asyncio.sleep(seconds)
    return await ctx.run_mutation(add, text="slow", channel="slow")
