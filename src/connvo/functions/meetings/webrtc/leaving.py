"""Leaving a call when a page is closed. Beside the documented API."""

from connvo.kernel.errors import Invalid
from connvo.model.access import require_meeting, require_member
from connvo.model.membership import leaving
from connvo.model.signalling import sessions
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.schema.meetings import MeetingId

PRIORITY: Priority = "critical"

# A page has two at most, and only while it switches from one to the next.
MAX_SESSIONS = 16


@mutation
def leave_call(ctx: MutationCtx, meeting_id: MeetingId, session_ids: list[str]) -> None:
    """End sessions of the caller and, if no open session is left, leave the call. For members.

    Sessions that are over, unknown or another user's are ignored.

    Raises:
        Forbidden: The caller is not a member.
        Invalid: There are more than 16 ids.
    """
    user, member = require_member(ctx, meeting_id)
    if len(session_ids) > MAX_SESSIONS:
        raise Invalid(f"sessionIds takes at most {MAX_SESSIONS} ids", "sessionIds", limit=MAX_SESSIONS)
    ending = set(session_ids)
    held = sessions.open_sessions_of(ctx, meeting_id, user.id)
    for session in held:
        if session.session_id in ending:
            sessions.end(ctx, session, "closed", session.metadata)
    if all(session.session_id in ending for session in held):
        leaving.depart(ctx, require_meeting(ctx, meeting_id), member)
