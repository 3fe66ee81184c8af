"""Periodic ending of meetings that were left empty or have lasted too long.

A meeting that no member has entered yet is not empty, and neither is one with a member in its lobby. The sweep finds
meetings through indexes and ends each in a transaction of its own, so that one failure does not affect the others.
"""

from connvo.model import heartbeats
from connvo.model.meetings import members
from connvo.model.recordings import records
from connvo.rules.meeting_states import Overdue, overdue
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.meetings import Meeting, MeetingId

from . import transitions

SWEEP_SECONDS = 30.0
SWEEP_BATCH = 100
MS = 1000.0
ROOM_EMPTY = "room_empty"


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def end_overdue(ctx: MutationCtx) -> None:
    """Schedule the end of overdue meetings and close expired reopening periods, a batch of each per run."""
    limits = ctx.settings.meetings
    empty = ctx.db.scan(
        Meeting, "by_empty", "active", until=ctx.now - limits.empty_grace_seconds * MS, limit=SWEEP_BATCH
    )
    # Extended meetings among these are not overdue. All are read, so that they do not hide the others.
    long = ctx.db.scan(Meeting, "by_started", "active", until=ctx.now - limits.max_length_seconds * MS)
    long = [meeting for meeting in long if _overdue_reason(ctx, meeting) is not None][:SWEEP_BATCH]
    for meeting_id in dict.fromkeys(meeting.id for meeting in empty + long):
        ctx.scheduler.run_after(0, end_one, meeting_id=meeting_id)
    for meeting in ctx.db.scan(Meeting, "by_reopening", since=0.0, until=ctx.now, limit=SWEEP_BATCH):
        transitions.end_for_good(ctx, meeting, None)


@internal_mutation
def end_one(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """End a meeting if it is still overdue; restart the grace of an empty one with a member in the lobby."""
    meeting = ctx.db.get(Meeting, meeting_id)
    reason = None if meeting is None else _overdue_reason(ctx, meeting)
    if meeting is None or reason is None:
        return
    if reason == "empty" and _is_awaited(ctx, meeting):
        records.stop_live(ctx, meeting.id, ROOM_EMPTY)
        ctx.db.patch(meeting, empty_since=ctx.now)
    elif members.joined_count(ctx, meeting) == 0:
        transitions.end(ctx, meeting, None, "empty")
    else:
        transitions.end(ctx, meeting, None, reason)


def _overdue_reason(ctx: QueryCtx, meeting: Meeting) -> Overdue | None:
    if meeting.state != "active" or meeting.started_at is None:
        return None
    limits = ctx.settings.meetings
    longest = limits.max_length_seconds * MS + meeting.extended_by
    return overdue(ctx.now, meeting.started_at, meeting.empty_since, limits.empty_grace_seconds * MS, longest)


def _is_awaited(ctx: QueryCtx, meeting: Meeting) -> bool:
    """Return whether a member who has not left is connected to the meeting."""
    found = (members.member_of(ctx, meeting.id, user_id) for user_id in heartbeats.connected_users(ctx, meeting.id))
    return any(member is not None and member.presence != "left" for member in found)
