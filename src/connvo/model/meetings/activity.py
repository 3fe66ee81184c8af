"""The meeting's row of frequently written data, created on first use."""

from connvo.model import embedding_tasks
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.activity import ActivityType, MeetingActivity
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId


def find_activity(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingActivity | None:
    """Return a meeting's activity, or None before the first."""
    return ctx.db.first(MeetingActivity, "by_meeting", meeting_id)


def note_start(ctx: MutationCtx, meeting_id: MeetingId) -> None:
    """Record that the meeting starts now; silence counts from here."""
    ctx.db.patch(_activity_of(ctx, meeting_id), last_activity_at=ctx.now, updated_at=ctx.now)


def note_activity(ctx: MutationCtx, meeting_id: MeetingId, kind: ActivityType) -> None:
    """Record an activity of this kind now."""
    row = _activity_of(ctx, meeting_id)
    ctx.db.patch(row, last_activity=_last(ctx, row, kind), last_activity_at=ctx.now, updated_at=ctx.now)


def note_speaking(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, duration_ms: float) -> None:
    """Add to a user's speaking time and record the activity."""
    row = _activity_of(ctx, meeting_id)
    spoken = {**row.speaking_ms, user_id: row.speaking_ms.get(user_id, 0.0) + duration_ms}
    last = _last(ctx, row, "speaking")
    ctx.db.patch(row, speaking_ms=spoken, last_activity=last, last_activity_at=ctx.now, updated_at=ctx.now)


def set_topics(ctx: MutationCtx, meeting_id: MeetingId, topics: list[str]) -> None:
    """Replace the topics of a meeting."""
    ctx.db.patch(_activity_of(ctx, meeting_id), topics=topics, updated_at=ctx.now)
    embedding_tasks.meeting_changed(ctx, meeting_id)


def _last(ctx: MutationCtx, row: MeetingActivity, kind: ActivityType) -> dict[ActivityType, float]:
    return {**row.last_activity, kind: ctx.now}


def _activity_of(ctx: MutationCtx, meeting_id: MeetingId) -> MeetingActivity:
    found = find_activity(ctx, meeting_id)
    return found or ctx.db.insert(MeetingActivity(meeting_id=meeting_id, last_activity_at=ctx.now, updated_at=ctx.now))
