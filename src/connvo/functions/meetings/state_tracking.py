"""Activity in an active meeting, as participants report it: speaking time, topics, actions.

Hosts and participants report for themselves; observers do not report. A report counts as a heartbeat.
"""

from connvo.kernel.errors import Forbidden
from connvo.model.access import require_active, require_role
from connvo.model.meetings.activity import note_activity, note_speaking, set_topics
from connvo.rules.activity import speaking_duration, topics_of
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.schema.activity import ActivityType
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

PRIORITY: Priority = "high"


@mutation
def update_speaking_stats(
    ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId, speaking_duration_ms: float
) -> None:
    """Add up to a minute, in milliseconds, to the caller's speaking time. For hosts and participants.

    Raises:
        Forbidden: `userId` is not the caller.
        Invalid: The duration is negative or above a minute.
        MeetingNotActive: The meeting is not active.
    """
    _require_self(ctx, meeting_id, user_id)
    duration = speaking_duration(speaking_duration_ms)
    require_active(ctx, meeting_id)
    note_speaking(ctx, meeting_id, user_id, duration)


@mutation
def update_current_topics(ctx: MutationCtx, meeting_id: MeetingId, topics: list[str]) -> None:
    """Replace the current topics with up to ten, of up to sixty characters each. For hosts.

    Raises:
        InsufficientRole: The caller is not a host.
        Invalid: A topic is empty or too long, or there are too many.
        MeetingNotActive: The meeting is not active.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    ctx.heartbeat(meeting_id, caller.id)
    current = topics_of(topics)
    require_active(ctx, meeting_id)
    set_topics(ctx, meeting_id, current)


@mutation
def record_activity(
    ctx: MutationCtx, meeting_id: MeetingId, activity_type: ActivityType, user_id: UserId | None = None
) -> None:
    """Record an action of the caller in the meeting. For hosts and participants.

    Raises:
        Forbidden: `userId` is not the caller.
        MeetingNotActive: The meeting is not active.
    """
    _require_self(ctx, meeting_id, user_id)
    require_active(ctx, meeting_id)
    note_activity(ctx, meeting_id, activity_type)


def _require_self(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId | None) -> None:
    caller, _ = require_role(ctx, meeting_id, "participant")
    if user_id is not None and user_id != caller.id:
        raise Forbidden("You can report only what you do yourself", userId=user_id)
    ctx.heartbeat(meeting_id, caller.id)
