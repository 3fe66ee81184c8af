"""Who may use the TURN servers, and how often somebody may ask."""

from ....runtime.context import MutationCtx
from ....runtime.function import internal_mutation
from ....runtime.wire import Result
from ....schema.meetings import MeetingId
from ....schema.users import UserId
from ..._shared import rooms, sessions
from ..._shared.access import require_active, require_role
from ..._shared.rate_limit import charge

ACTION = "iceServers"
# A session asks when it begins, at every restart of ICE and before its credentials end: a few times in minutes.
BURST = 60.0
RATE = 1.0


class Admission(Result, frozen=True, kw_only=True):
    """A member who may use the relays, and whether nothing else will do."""

    user_id: UserId
    relay_only: bool


@internal_mutation
def admit_to_relays(ctx: MutationCtx, meeting_id: MeetingId, session_id: str | None = None) -> Admission:
    """Returns the caller as one who takes part in the active meeting and, if given, has this session open.

    Raises InsufficientRole for observers, MeetingNotActive, NotFound or Conflict for the session, and RateLimited.
    """
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.alive(meeting_id, user.id)
    require_active(ctx, meeting_id)
    if session_id is not None:
        sessions.own_open_session(ctx, meeting_id, session_id, user.id)
    charge(ctx, user.id, ACTION, meeting_id, BURST, RATE)
    return Admission(user_id=user.id, relay_only=rooms.relay_only(ctx, meeting_id, user.id))
