"""Queries, mutations and actions of every temper."""

import asyncio

from connvo.kernel.errors import Conflict
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import action, mutation, query
from tests.support.tables import Item, ItemId

from ._jobs import break_down, ring, write_note

HIDDEN = "what nobody may read"


@query
def list_notes(ctx: QueryCtx, owner: str, limit: float | None = None) -> list[str]:
    """Return what somebody noted."""
    return [item.note for item in ctx.db.scan(Item, "by_owner", owner, limit=None if limit is None else int(limit))]


@query
def who_am_i(ctx: QueryCtx) -> str | None:
    """Return the caller."""
    return ctx.auth.subject if ctx.auth else None


@query
def moments(ctx: QueryCtx) -> list[float]:
    """Return the time, twice."""
    return [ctx.now, ctx.now]


@query
def look_in(ctx: QueryCtx, meeting: str, member: str) -> None:
    """Show that a member is there."""
    ctx.heartbeat(meeting, member)


@query
def crash(ctx: QueryCtx) -> None:
    """Meet what nobody foresaw."""
    raise RuntimeError(HIDDEN)


@mutation
def add_note(ctx: MutationCtx, owner: str, text: str) -> ItemId:
    """Store a note."""
    return ctx.db.insert(Item(owner=owner, note=text)).id


@mutation
def add_and_refuse(ctx: MutationCtx, owner: str) -> None:
    """Store a note and think better of it."""
    ctx.db.insert(Item(owner=owner))
    raise Conflict("This is taken", owner=owner)


@mutation
def add_and_crash(ctx: MutationCtx, owner: str) -> None:
    """Store a note and fail."""
    ctx.db.insert(Item(owner=owner))
    raise RuntimeError(HIDDEN)


@mutation
def moments_of_a_mutation(ctx: MutationCtx) -> list[float]:
    """Return the time, twice, and that of what it wrote."""
    return [ctx.now, ctx.now, ctx.db.insert(Item()).creation_time]


@mutation
def draw(ctx: MutationCtx) -> list[float]:
    """Return random numbers."""
    return [ctx.random.random() for _ in range(3)]


@mutation
def remind(ctx: MutationCtx, after: float, text: str, refuse: bool = False) -> str:
    """Have a note written later."""
    job = ctx.scheduler.run_after(after, write_note, owner="later", text=text)
    if refuse:
        raise Conflict("No")
    return job


@mutation
def remind_at(ctx: MutationCtx, when: float, text: str) -> str:
    """Have a note written at a time."""
    return ctx.scheduler.run_at(when, write_note, owner="later", text=text)


@mutation
def forget(ctx: MutationCtx, job_id: str, refuse: bool = False) -> None:
    """Take a reminder back."""
    ctx.scheduler.cancel(job_id)
    if refuse:
        raise Conflict("No")


@mutation
def plan_a_failure(ctx: MutationCtx) -> str:
    """Have something fail later."""
    return ctx.scheduler.run_after(0, break_down)


@mutation
def plan_a_ring(ctx: MutationCtx, text: str, fail: bool = False) -> str:
    """Have the outside world called."""
    return ctx.scheduler.run_after(0, ring, text=text, fail=fail)


@action
async def copy_notes(ctx: ActionCtx, source: str, target: str) -> float:
    """Copy notes one by one; return how many."""
    notes = await ctx.run_query(list_notes, owner=source)
    for note in notes:
        await ctx.run_mutation(write_note, owner=target, text=note)
    return float(len(notes))


@action
async def copy_and_crash(ctx: ActionCtx, target: str) -> None:
    """Write a note and fail."""
    await ctx.run_mutation(add_note, owner=target, text="first")
    raise RuntimeError(HIDDEN)


@action
async def pass_on_a_refusal(ctx: ActionCtx) -> None:
    """Call a mutation that refuses."""
    await ctx.run_mutation(add_and_refuse, owner="ann")


@action
async def remind_from_outside(ctx: ActionCtx, text: str) -> str:
    """Have a note written later, by no transaction of its own."""
    return await ctx.scheduler.run_after(10, write_note, owner="later", text=text)


@action
async def wait_for_ever(ctx: ActionCtx) -> None:
    """Never ends."""
    await asyncio.Event().wait()


@action
async def time_out_itself(ctx: ActionCtx) -> None:
    """Meet somebody else's time limit."""
    raise TimeoutError(HIDDEN)


@action
async def caller_of_an_action(ctx: ActionCtx) -> str | None:
    """Return who calls, as a query that the action runs sees it."""
    return await ctx.run_query(who_am_i)


def helper(text: str) -> str:
    """Is no function of the API."""
    return text
