"""Ends the meetings that nobody ended: those left empty, and those that lasted too long.

The sweep only looks for them, through indexes; each is ended in a transaction of its own, so that one that cannot
be ended does not keep the others open.
"""

from ...domain.lifecycle import overdue
from ...runtime.context import MutationCtx
from ...runtime.function import every, internal_mutation
from ...schema.meetings import Meeting, MeetingId
from .._shared import transitions

SWEEP_SECONDS = 30.0
SWEEP_BATCH = 100
MS = 1000.0


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def end_overdue(ctx: MutationCtx) -> None:
    """Has every overdue meeting ended, at most a batch of each sort per run."""
    limits = ctx.settings.meetings
    empty = ctx.db.scan(Meeting, "by_empty", "active", until=ctx.now - limits.empty_grace * MS, limit=SWEEP_BATCH)
    long = ctx.db.scan(Meeting, "by_started", "active", until=ctx.now - limits.max_length * MS, limit=SWEEP_BATCH)
    for meeting_id in dict.fromkeys(meeting.id for meeting in empty + long):
        ctx.scheduler.run_after(0, end_one, meeting_id=meeting_id)


@internal_mutation
def end_one(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Ends a meeting if it is still overdue."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None or meeting.state != "active" or meeting.started_at is None:
        return
    limits = ctx.settings.meetings
    reason = overdue(ctx.now, meeting.started_at, meeting.empty_since, limits.empty_grace * MS, limits.max_length * MS)
    if reason is not None:
        transitions.end(ctx, meeting, None, reason)
