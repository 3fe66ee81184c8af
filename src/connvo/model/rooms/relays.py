"""Authorization of `getICEServers`."""

from connvo.model.access import require_active, require_joined, require_role
from connvo.model.signalling import sessions
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

from . import ice


class Admission(Result, frozen=True, kw_only=True):
    """A member who may use TURN, and whether they must."""

    user_id: UserId
    relay_only: bool


@internal_mutation
def admit_to_relays(ctx: MutationCtx, meeting_id: MeetingId, session_id: str | None = None) -> Admission:
    """Admit the caller to TURN: a joined member of an active meeting, with an open session if one is given.

    Raises:
        InsufficientRole: The caller is an observer.
        Invalid: The caller has not joined.
        MeetingNotActive: The meeting has not started or is over.
        NotFound: The caller has no such session.
        Conflict: The session is over.
        RateLimited: The caller has requested credentials too often.
    """
    user, member = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    require_active(ctx, meeting_id)
    require_joined(member)
    if session_id is not None:
        sessions.own_open_session(ctx, meeting_id, session_id, user.id)
    ice.charge_credentials(ctx, meeting_id, user.id)
    return Admission(user_id=user.id, relay_only=ice.is_relay_only(ctx, meeting_id, user.id))
