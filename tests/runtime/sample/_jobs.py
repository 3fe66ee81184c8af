"""What only the server runs."""

import asyncio

from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import every, internal_action, internal_mutation

from ...support.tables import Box, Item

PERIOD = 60.0
RUNG: list[str] = []


@internal_mutation
def write_note(ctx: MutationCtx, owner: str, text: str) -> None:
    """Stores a note."""
    ctx.db.insert(Item(owner=owner, note=text))


@internal_mutation
def break_down(ctx: MutationCtx) -> None:
    """Writes and fails."""
    ctx.db.insert(Item(owner="broken"))
    raise RuntimeError("broken")


@internal_action
async def ring(ctx: ActionCtx, text: str, fail: bool) -> None:
    """Meets the outside world."""
    RUNG.append(text)
    await asyncio.sleep(0)
    if fail:
        raise RuntimeError("nobody answers")


@every(PERIOD)
@internal_mutation
def break_each_time(ctx: MutationCtx) -> None:
    """Writes and fails, by the clock."""
    ctx.db.insert(Item(owner="broken"))
    raise RuntimeError("broken")


@every(PERIOD)
@internal_mutation
def tick(ctx: MutationCtx) -> None:
    """Leaves a mark, by the clock."""
    ctx.db.insert(Item(owner="tick"))


@internal_mutation
def sighted(ctx: MutationCtx, meeting: str, member: str) -> None:
    """Notes that a member was there."""
    if meeting == "gone":
        raise KeyError(meeting)
    ctx.db.insert(Box(count=len(member)))
