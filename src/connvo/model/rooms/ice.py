"""Who gets TURN credentials, and how often: every way to them leads through here.

They are for members who have joined an active meeting and are no observers. Everybody else who may ask gets the STUN
servers, which are no secret.
"""

from connvo.model.access import require_meeting
from connvo.model.history import failures
from connvo.model.rate_limits import charge
from connvo.providers.turn import IceServer, ice_servers, relay_configured, stun_servers, turn_servers
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import UserId

ACTION = "iceServers"
# A session asks when it begins, at every restart of ICE and before its credentials end: a few times in minutes.
BURST = 60.0
RATE = 1.0


def is_entitled(meeting: Meeting, member: Participant) -> bool:
    """Return whether a member may use the relays."""
    return meeting.state == "active" and member.presence == "joined" and member.role != "observer"


def is_relay_only(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> bool:
    """Return whether a member was told to connect over TURN alone, as long as the recovery ladder remembers it."""
    if not relay_configured(ctx.settings.ice):
        return False
    meeting = require_meeting(ctx, meeting_id)
    return any(failure.rung == "relay" for failure in failures.recent(ctx, meeting, user_id))


def servers_for(ctx: QueryCtx, meeting: Meeting, member: Participant) -> list[IceServer]:
    """Return the ICE servers for a member; relays alone on that rung. The caller limits how often."""
    ice = ctx.settings.ice
    if not is_entitled(meeting, member):
        return stun_servers(ice)
    servers = turn_servers if is_relay_only(ctx, meeting.id, member.user_id) else ice_servers
    return servers(ice, member.user_id, ctx.now)


def mint(ctx: MutationCtx, meeting: Meeting, member: Participant) -> list[IceServer]:
    """Return `servers_for`, counted where it holds credentials.

    Raises:
        RateLimited: the member has asked too often.
    """
    if is_entitled(meeting, member) and relay_configured(ctx.settings.ice):
        charge_credentials(ctx, meeting.id, member.user_id)
    return servers_for(ctx, meeting, member)


def charge_credentials(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Count that a member gets credentials.

    Raises:
        RateLimited: the member has asked too often.
    """
    charge(ctx, user_id, ACTION, meeting_id, BURST, RATE)
