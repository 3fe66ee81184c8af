"""What goes on in an active meeting, as its people report it: speaking time, topics, activity.

Everybody reports for themselves; observers only watch. Whoever reports is there.
"""

from connvo.kernel.errors import Forbidden
from connvo.model.access import require_active, require_role
from connvo.model.meetings.activity import note_activity, note_speaking, set_topics
from connvo.rules.activity import speaking_duration, topics_of
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.schema.activity import ActivityType
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId


@mutation
def update_speaking_stats(
    ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, speaking_duration_ms: float
) -> None:
    """Add up to a minute, in milliseconds, to the caller's own speaking time.

    Raises:
        Forbidden: For anybody else's.
    """
    _require_self(ctx, meeting_id, user_id)
    duration = speaking_duration(speaking_duration_ms)
    require_active(ctx, meeting_id)
    note_speaking(ctx, meeting_id, user_id, duration)


@mutation
def update_current_topics(ctx: MutationCtx, meeting_id: MeetingId, topics: list[str]) -> None:
    """Replace the topics: at most ten of at most sixty characters. For hosts."""
    caller, _ = require_role(ctx, meeting_id, "host")
    ctx.heartbeat(meeting_id, caller.id)
    current = topics_of(topics)
    require_active(ctx, meeting_id)
    set_topics(ctx, meeting_id, current)


@mutation
def record_activity(
    ctx: MutationCtx, meeting_id: MeetingId, activity_type: ActivityType, user_id: UserId | None = None
) -> None:
    """Note that the caller just did something.

    Raises:
        Forbidden: For anybody else's `user_id`.
    """
    _require_self(ctx, meeting_id, user_id)
    require_active(ctx, meeting_id)
    note_activity(ctx, meeting_id, activity_type)


def _require_self(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId | None) -> None:
    caller, _ = require_role(ctx, meeting_id, "participant")
    if user_id is not None and user_id != caller.id:
        raise Forbidden("You can report only what you do yourself", userId=user_id)
    ctx.heartbeat(meeting_id, caller.id)
