"""The steps of runs, which may be interrupted anywhere and are recorded once.

Guarantees:
    A step is unique by meeting, revision and key.
    Only the current attempt may record a step or give it up. A lost one is claimed again, up to `TRIES` times.
"""

from connvo.model.ai import charges
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.insights import InsightStep, InsightStepId
from connvo.schema.meetings import MeetingId

MS = 1000.0
TRIES = 3
# Longer than an action may take.
LEASE_SECONDS = 90.0
RETRY_SECONDS = 5.0
BATCH = 500
CLAIMED = ("running", "asking")


def plan(ctx: MutationCtx, meeting_id: MeetingId, revision: int, key: str) -> InsightStep:
    """Return a step, made now if it does not exist."""
    step = ctx.db.first(InsightStep, "by_key", meeting_id, revision, key)
    if step is not None:
        return step
    return ctx.db.insert(InsightStep(meeting_id=meeting_id, revision=revision, key=key, due_at=ctx.now))


def claim(ctx: MutationCtx, step: InsightStep, lease_seconds: float = LEASE_SECONDS) -> InsightStep:
    """Begin the next attempt of a step; return it."""
    return ctx.db.patch(
        step, state="running", attempt=step.attempt + 1, due_at=ctx.now + lease_seconds * MS, because=None
    )


def find_claimed(ctx: QueryCtx, step_id: InsightStepId, attempt: float) -> InsightStep | None:
    """Return a step if this is its current attempt, else None."""
    step = ctx.db.get(InsightStep, step_id)
    is_claimed = step is not None and step.state in CLAIMED and step.attempt == attempt
    return step if is_claimed else None


def record(ctx: MutationCtx, step: InsightStep, output: str | None = None) -> InsightStep:
    """Complete a claimed step; return it."""
    return ctx.db.patch(step, state="done", output=output)


def give_up(ctx: MutationCtx, step: InsightStep, because: str) -> bool:
    """End an attempt without a result; return whether there will be another one."""
    again = step.attempt < TRIES
    state = "pending" if again else "failed"
    ctx.db.patch(step, state=state, because=because, due_at=ctx.now + RETRY_SECONDS * MS)
    return again


def lost(ctx: QueryCtx, limit: int) -> list[InsightStep]:
    """Return steps whose attempt has taken too long."""
    return ctx.db.scan(InsightStep, "by_due", "running", until=ctx.now, limit=limit)


def due(ctx: QueryCtx, limit: int) -> list[InsightStep]:
    """Return steps that may be claimed now."""
    return ctx.db.scan(InsightStep, "by_due", "pending", until=ctx.now, limit=limit)


def running(ctx: QueryCtx, limit: int) -> int:
    """Return how many steps run, up to a limit."""
    return ctx.db.count(InsightStep, "by_due", "running", limit=limit)


def drop_all(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Delete the steps of a meeting: they hold words of its transcript, and what runs is not recorded any more.

    A call of a model that is under way is charged as reserved.
    """
    for step in ctx.db.scan(InsightStep, "by_key", meeting_id, limit=BATCH):
        charges.settle(ctx, step)
        ctx.db.delete(step)
