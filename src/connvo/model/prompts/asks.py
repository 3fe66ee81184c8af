"""The calls of a language model for suggestions: when one is made, and the row that keeps it single.

Guarantees:
    A meeting has one row of each type, and its calls are at least `APART_MS` apart, on however many nodes.
    Only the current attempt may record. A lost one is charged, and not repeated.
    A row has no words of the meeting.
"""

from connvo.kernel.clock import MS
from connvo.model.ai import charges
from connvo.model.insights import runs
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.prompts import PromptAsk, PromptAskId, PromptType

# Fifteen an hour.
APART_MS = 240.0 * MS
# Preparing and checking beside the call.
SLACK_SECONDS = 60.0
TYPES: tuple[PromptType, ...] = ("precall", "incall")


def is_on(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    """Return whether a model may be asked about a meeting: it is configured and live, and reports are not off."""
    if not (ctx.settings.ai.live and ctx.settings.ai.configured):
        return False
    run = runs.find(ctx, meeting_id)
    return run is None or run.state != "off"


def last_asked(ctx: QueryCtx, meeting_id: MeetingId) -> float:
    """Return when a model was last asked about a meeting, 0 if never."""
    rows = [find(ctx, meeting_id, kind) for kind in TYPES]
    return max((row.asked_at for row in rows if row is not None and row.asked_at is not None), default=0.0)


def find(ctx: QueryCtx, meeting_id: MeetingId, kind: PromptType) -> PromptAsk | None:
    """Return the row of a meeting, or None."""
    return ctx.db.first(PromptAsk, "by_meeting", meeting_id, kind)


def queue(ctx: MutationCtx, meeting_id: MeetingId, kind: PromptType, basis: str = "") -> None:
    """Have a model asked as soon as it may be, if it may be at all; one that is being asked goes first."""
    if not is_on(ctx, meeting_id):
        return
    row = find(ctx, meeting_id, kind)
    due_at = max(ctx.now, last_asked(ctx, meeting_id) + APART_MS)
    if kind == "incall" and due_at > ctx.now:
        return  # later it would be about other words
    if row is None:
        ctx.db.insert(PromptAsk(meeting_id=meeting_id, type=kind, basis=basis, due_at=due_at))
    elif row.state == "done":
        ctx.db.patch(row, state="queued", basis=basis, due_at=due_at)
    elif row.state == "queued" and row.basis != basis:
        ctx.db.patch(row, basis=basis)


def claim(ctx: MutationCtx, ask: PromptAsk) -> PromptAsk:
    """Begin the next attempt; return it."""
    lease = (ctx.settings.ai.call_seconds + SLACK_SECONDS) * MS
    return ctx.db.patch(ask, state="asking", attempt=ask.attempt + 1, asked_at=ctx.now, due_at=ctx.now + lease)


def find_claimed(ctx: QueryCtx, ask_id: PromptAskId, attempt: float) -> PromptAsk | None:
    """Return a call if this is its current attempt, else None."""
    ask = ctx.db.get(PromptAsk, ask_id)
    return ask if ask is not None and ask.state == "asking" and ask.attempt == attempt else None


def finish(ctx: MutationCtx, ask: PromptAsk) -> PromptAsk:
    """End a call, and charge what it reserved if it is not settled; return the row."""
    return ctx.db.patch(charges.settle(ctx, ask), state="done")
