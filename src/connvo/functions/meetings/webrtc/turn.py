"""TURN: the servers that a device may use, with credentials to renew before they end.

An action, though it changes nothing that lasts: what an action answers is kept nowhere, and so credentials are not.
"""

from typing import Literal

from connvo.model.rooms.relays import admit_to_relays
from connvo.providers.turn import MS, IceServer, expiry, ice_servers, relay_configured, turn_servers
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId

# New ones come while the old ones still have half of their life: enough for several tries, and for an ICE restart.
REFRESH_SHARE = 0.5


class IceSetup(Result, frozen=True, kw_only=True):
    """What a peer connection is set up with. `expires_at` (epoch) and `refresh_after_ms` are of the credentials, in ms.

    Without a TURN server there are no credentials, and both are absent.
    """

    ice_servers: list[IceServer]
    ice_transport_policy: Literal["all", "relay"]
    expires_at: float | None = None
    refresh_after_ms: float | None = None


@action
async def get_ice_servers(ctx: ActionCtx, meeting_id: MeetingId, session_id: str | None = None) -> IceSetup:
    """Return the STUN and TURN servers for a device of the caller, who has joined an active meeting.

    The caller asks again after `refreshAfterMs` and gives the answer to `setConfiguration`, so that an ICE restart
    finds credentials that are valid; a connection that stands needs none. A `sessionId` has to be an open one of the
    caller's own. `relay` is the policy on that rung of the recovery ladder, and the servers are then relays alone.
    """
    admission = await ctx.run_mutation(admit_to_relays, meeting_id=meeting_id, session_id=session_id)
    ice = ctx.settings.ice
    now = ctx.now()
    servers = turn_servers if admission.relay_only else ice_servers
    limited = relay_configured(ice)
    return IceSetup(
        ice_servers=servers(ice, admission.user_id, now),
        ice_transport_policy="relay" if admission.relay_only else "all",
        expires_at=expiry(ice, now) * MS if limited else None,
        refresh_after_ms=ice.turn_ttl_seconds * MS * REFRESH_SHARE if limited else None,
    )
