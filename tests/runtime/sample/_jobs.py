"""What only the server runs."""

import asyncio

from connvo.runtime.cluster.socket_registry import SocketFunctions
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import every, internal_action, internal_mutation, lasting, taken_back_by
from connvo.telemetry.instruments import ROOM_MOVES
from tests.support.tables import Box, Item

PERIOD = 60.0
LASTING_SECONDS = 60.0
RUNG: list[str] = []
LISTENED: list[float] = []


@internal_mutation
def write_note(ctx: MutationCtx, owner: str, text: str) -> None:
    """Store a note."""
    ctx.db.insert(Item(owner=owner, note=text))


@internal_mutation
def break_down(ctx: MutationCtx) -> None:
    """Write and fail."""
    ctx.db.insert(Item(owner="broken"))
    raise RuntimeError("broken")


@internal_action
async def ring(ctx: ActionCtx, text: str, fail: bool) -> None:
    """Meet the outside world."""
    RUNG.append(text)
    await asyncio.sleep(0)
    if fail:
        raise RuntimeError("nobody answers")


@every(PERIOD)
@internal_mutation
def break_each_time(ctx: MutationCtx) -> None:
    """Write and fail, by the clock."""
    ctx.db.insert(Item(owner="broken"))
    raise RuntimeError("broken")


@every(PERIOD)
@internal_mutation
def tick(ctx: MutationCtx) -> None:
    """Leave a mark, by the clock."""
    ctx.db.insert(Item(owner="tick"))


@internal_mutation
def measure(ctx: MutationCtx, fail: bool = False) -> None:
    """Hand operators a value, and may fail then."""
    ctx.record(ROOM_MOVES, left="here", reached="there")
    if fail:
        raise RuntimeError("broken")


@internal_mutation
def sighted(ctx: MutationCtx, meeting: str, member: str) -> None:
    """Note that a member was there."""
    if meeting == "gone":
        raise KeyError(meeting)
    ctx.db.insert(Box(count=len(member)))


@internal_mutation
def register_sockets(ctx: MutationCtx, node: str, came: list[tuple[str, str]], went: list[tuple[str, str]]) -> None:
    """Note who came and who went."""
    for meeting, member in came:
        ctx.db.insert(Item(owner=f"at {node}", note=f"{meeting} {member}"))
    for meeting, member in went:
        for item in ctx.db.scan(Item, "by_owner", f"at {node}"):
            if item.note == f"{meeting} {member}":
                ctx.db.delete(item)


@internal_mutation
def expire_node(ctx: MutationCtx, node: str, since: float) -> bool:
    """Note since when somebody is gone, one at a time."""
    found = ctx.db.first(Item, "by_owner", f"at {node}")
    if found is not None:
        ctx.db.delete(found)
        ctx.db.insert(Item(owner="expired", note=found.note, rank=since))
    return found is not None


@internal_mutation
def begin_listening(ctx: MutationCtx) -> None:
    """Leave a mark."""
    LISTENED.append(ctx.now)


PRESENCE = SocketFunctions(sighted, register_sockets, expire_node, begin_listening)


@lasting(lambda settings: LASTING_SECONDS)
@internal_action
async def work_for_minutes(ctx: ActionCtx, text: str) -> None:
    """Begins, and takes longer than a server waits for."""
    RUNG.append(text)
    await asyncio.Event().wait()


@internal_mutation
def hang_up(ctx: MutationCtx, text: str, fail: bool) -> None:
    """Take a telephone call back."""
    ctx.db.insert(Item(owner="taken back", note=text))


@taken_back_by(hang_up)
@internal_action
async def telephone(ctx: ActionCtx, text: str, fail: bool) -> None:
    """Meet the outside world, with a claim on it."""
    RUNG.append(text)
    if fail:
        raise RuntimeError("nobody answers")
