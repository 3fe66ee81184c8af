"""Requests of hosts to members in a running call. Beside the documented API.

A request to mute is not a switch: the member's own client shows it with the host's name and mutes, and the member may
unmute again. It waits until that client has acknowledged it, also across a lost connection.
"""

from connvo.kernel.errors import Invalid, NotFound
from connvo.model.access import require_active, require_joined, require_member, require_permission
from connvo.model.audit import audit
from connvo.model.meetings import members, mute_requests
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.membership import transitions
from connvo.model.rate_limits import charge
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.moderation import MuteRequestId
from connvo.schema.users import User, UserId

PRIORITY: Priority = "high"

ACTION = "muteRequest"
BURST = 20.0
RATE = 1.0


class MuteRequestView(Result, frozen=True, kw_only=True):
    """A host's request that the caller mute. `requested_at` in milliseconds."""

    id: MuteRequestId
    requested_by: UserCard
    requested_at: float


@mutation
def request_mute(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Ask a member of the active meeting to mute. For hosts who have joined it; twenty at once, then one per second.

    A new request replaces one that still waits.

    Raises:
        InsufficientRole: The caller is not a host.
        Invalid: The member is the caller, is an observer (who cannot be heard), or has not joined.
        MeetingNotActive: The meeting is not active.
        NotFound: The user is not a member.
        RateLimited: The caller has sent too many requests.
    """
    caller, own = require_permission(ctx, meeting_id, "participants", "manage")
    ctx.heartbeat(meeting_id, caller.id)
    require_active(ctx, meeting_id)
    require_joined(own)
    member = members.member_of(ctx, meeting_id, user_id)
    if member is None:
        raise NotFound("Participant", user_id)
    if user_id == caller.id:
        raise Invalid("You cannot ask yourself to mute: mute in your own client", "userId")
    if member.role == "observer" or member.presence != "joined":
        raise Invalid("Only hosts and participants who are in the meeting can be asked to mute", "userId")
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    mute_requests.ask(ctx, meeting_id, user_id, caller.id)
    audit(ctx, "meeting.request_mute", transitions.RESOURCE, meeting_id, caller.id, user_id=user_id)


@query
def get_mute_request(ctx: QueryCtx, meeting_id: MeetingId) -> MuteRequestView | None:
    """Return the request that waits for the caller, or null. For members."""
    caller, _ = require_member(ctx, meeting_id)
    held = mute_requests.pending(ctx, meeting_id, caller.id)
    if held is None:
        return None
    host = ctx.db.get(User, held.requested_by)
    return MuteRequestView(
        id=held.id,
        requested_by=UserCard(id=held.requested_by) if host is None else card_of(host),
        requested_at=held.requested_at,
    )


@mutation
def acknowledge_mute(ctx: MutationCtx, meeting_id: MeetingId, request_id: MuteRequestId) -> None:
    """Acknowledge a request, whether the caller has muted or not. For members. Does nothing if it no longer waits."""
    caller, _ = require_member(ctx, meeting_id)
    held = mute_requests.pending(ctx, meeting_id, caller.id)
    if held is not None and held.id == request_id:
        mute_requests.drop(ctx, meeting_id, caller.id)
