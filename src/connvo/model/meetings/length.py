"""The duration of a meeting: it is over at its end, even before the sweep closes it."""

from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import Meeting

MS = 1000.0


def ends_at(ctx: QueryCtx, meeting: Meeting) -> float:
    """Return when a started meeting reaches its longest duration, in ms."""
    return (meeting.started_at or 0.0) + ctx.settings.meetings.max_length_seconds * MS + meeting.extended_by


def is_overtime(ctx: QueryCtx, meeting: Meeting) -> bool:
    """Return whether an active meeting has reached its end."""
    return meeting.state == "active" and meeting.started_at is not None and ctx.now >= ends_at(ctx, meeting)
