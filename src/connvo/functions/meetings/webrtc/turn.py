"""TURN: the servers that a device may use, with credentials that it renews before they expire.

It is an action, though it writes almost nothing: results of actions are never stored, so credentials are not either.
"""

from typing import Literal

from connvo.model.rooms.relays import admit_to_relays
from connvo.providers.turn import MS, IceServer, expiry, ice_servers, relay_configured, turn_servers
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId

PRIORITY: Priority = "critical"

# Renewing at half of the lifetime leaves time for several tries and for an ICE restart.
REFRESH_SHARE = 0.5


class IceSetup(Result, frozen=True, kw_only=True):
    """The configuration of a peer connection.

    `expires_at` (since the epoch) and `refresh_after_ms` are milliseconds and apply to the credentials. Without a TURN
    server there are no credentials, and both are absent.
    """

    ice_servers: list[IceServer]
    ice_transport_policy: Literal["all", "relay"]
    expires_at: float | None = None
    refresh_after_ms: float | None = None


@action
async def get_ice_servers(ctx: ActionCtx, meeting_id: MeetingId, session_id: str | None = None) -> IceSetup:
    """Return the STUN and TURN servers for a device of the caller. For members who have joined an active meeting.

    Call again after `refreshAfterMs` and pass the answer to `setConfiguration`, so that an ICE restart finds valid
    credentials; an established connection needs none. A `sessionId` must be an open session of the caller. On the
    relay rung of the recovery ladder the policy is `relay`, and all servers are relays.
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
