"""The runs of reports: each meeting has at most one, which ends in a state with a reason.

    waiting -> queued -> running -> ready | empty | failed

Guarantees: a run that is `off` stays off until a host switches it on.
"""

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.insights import InsightRun, RunReason, RunState
from connvo.schema.meetings import MeetingId

MS = 1000.0
# A run that takes longer has lost a step.
LONGEST_SECONDS = 600.0


def find(ctx: QueryCtx, meeting_id: MeetingId) -> InsightRun | None:
    """Return the run of a meeting, or None if it has none."""
    return ctx.db.first(InsightRun, "by_meeting", meeting_id)


def begin(ctx: MutationCtx, meeting_id: MeetingId, state: RunState, due_at: float) -> InsightRun:
    """Begin a run, or one more after an earlier one; return it."""
    run = find(ctx, meeting_id)
    if run is None:
        return ctx.db.insert(InsightRun(meeting_id=meeting_id, state=state, due_at=due_at, updated_at=ctx.now))
    return ctx.db.patch(run, state=state, because=None, done=0, total=0, due_at=due_at, updated_at=ctx.now)


def start(ctx: MutationCtx, run: InsightRun) -> InsightRun:
    """Let a queued run make the next revision; return it."""
    return ctx.db.patch(
        run,
        state="running",
        because=None,
        revision=run.revision + 1,
        done=0,
        total=0,
        due_at=ctx.now + LONGEST_SECONDS * MS,
        updated_at=ctx.now,
    )


def finish(ctx: MutationCtx, run: InsightRun, state: RunState, because: RunReason | None = None) -> InsightRun:
    """End a run; return it."""
    return ctx.db.patch(run, state=state, because=because, updated_at=ctx.now)
