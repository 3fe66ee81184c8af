"""Quality samples of connections: the newest of each open session."""

import math

import msgspec

from connvo.kernel.errors import Invalid
from connvo.model import changes
from connvo.model.access import require_active, require_role
from connvo.rules.quality import Sample, advice, grade
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.meetings import MeetingId
from connvo.schema.sessions import ConnectionMetric

from . import sessions
from .session_rate import charge_rate_limit
from .views import QualityReport


@internal_mutation
def grade_connection(ctx: MutationCtx, meeting_id: MeetingId, session_id: str, stats: Sample) -> QualityReport:
    """Replace the session's last sample; return the new grade and advice.

    Raises:
        Invalid: A value is negative or not finite.
        NotFound: The caller has no such session.
        Conflict: The session is over.
        MeetingNotActive: The meeting has not started or is over.
        RateLimited: The caller reports and changes sessions too fast.
    """
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    require_active(ctx, meeting_id)
    session = sessions.own_open_session(ctx, meeting_id, session_id, user.id)
    _check(stats)
    charge_rate_limit(ctx, user.id, meeting_id)
    quality = grade(stats)
    held = ctx.db.first(ConnectionMetric, "by_meeting", meeting_id, session_id)
    if held is not None:
        ctx.db.patch(held, quality=quality, stats=stats, timestamp=ctx.now)
    else:
        metric = ConnectionMetric(
            meeting_id=meeting_id,
            user_id=session.user_id,
            session_id=session_id,
            quality=quality,
            stats=stats,
            timestamp=ctx.now,
        )
        ctx.db.insert(metric)
    changes.patch(ctx, session, quality=quality)
    return QualityReport(quality=quality, recommendations=advice(stats), should_fallback=quality == "poor")


def _check(stats: Sample) -> None:
    for field in msgspec.structs.fields(stats):
        value: float = getattr(stats, field.name)
        if not math.isfinite(value) or value < 0:
            name = f"stats.{field.encode_name}"
            raise Invalid(f"{name} must be a finite number, 0 or more", name)
