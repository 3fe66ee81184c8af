"""The only issuer of TURN credentials, and their rate limit.

Guarantees: credentials go only to members who have joined an active meeting and are not observers. Other members get
the STUN servers, which are not secret.
"""

from connvo.model.access import require_meeting
from connvo.model.audit import audit
from connvo.model.history import failures
from connvo.model.rate_limits import charge
from connvo.providers.turn import IceServer, ice_servers, relay_configured, stun_servers, turn_servers
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import UserId

ACTION = "iceServers"
# A session requests credentials at the start, at each ICE restart and before expiry: a few times in several minutes.
BURST = 60.0
RATE = 1.0


def is_entitled(meeting: Meeting, member: Participant) -> bool:
    """Return whether a member may use the relays."""
    return meeting.state == "active" and member.presence == "joined" and member.role != "observer"


def is_relay_only(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether the recovery ladder has told a member to connect over TURN alone within its window."""
    if not relay_configured(ctx.settings.ice):
        return False
    meeting = require_meeting(ctx, meeting_id)
    return any(failure.rung == "relay" for failure in failures.recent(ctx, meeting, user_id))


def servers_for(ctx: QueryCtx, meeting: Meeting, member: Participant) -> list[IceServer]:
    """Return the ICE servers for a member, TURN alone on the relay rung. The caller applies the rate limit."""
    ice = ctx.settings.ice
    if not is_entitled(meeting, member):
        return stun_servers(ice)
    servers = turn_servers if is_relay_only(ctx, meeting.id, member.user_id) else ice_servers
    return servers(ice, member.user_id, ctx.now)


def mint(ctx: MutationCtx, meeting: Meeting, member: Participant) -> list[IceServer]:
    """Return the result of `servers_for`; charge the rate limit if it holds credentials.

    Raises:
        RateLimited: The member has requested credentials too often.
    """
    if is_entitled(meeting, member) and relay_configured(ctx.settings.ice):
        charge_credentials(ctx, meeting.id, member.user_id)
    return servers_for(ctx, meeting, member)


def charge_credentials(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Charge the rate limit for a member's TURN credentials.

    Raises:
        RateLimited: The member has requested credentials too often.
    """
    charge(ctx, user_id, ACTION, meeting_id, BURST, RATE)
    audit(ctx, "media_token.issue", "meetings", meeting_id, user_id, kind="turn")
