"""What hosts ask of the people in a call, as it goes on. Beside the documented API.

A request is a wish, not a switch: the member's own client shows it and says who asked, nobody is muted by somebody
else, and whoever was muted may speak again. It waits until that client has acknowledged it, also through a lost
connection.
"""

from connvo.kernel.errors import Invalid, NotFound
from connvo.model.access import require_active, require_joined, require_member, require_role
from connvo.model.audit import audit
from connvo.model.meetings import members, mute_requests
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.membership import transitions
from connvo.model.rate_limits import charge
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.moderation import MuteRequestId
from connvo.schema.users import User, UserId

ACTION = "muteRequest"
BURST = 20.0
RATE = 1.0


class MuteRequestView(Result, frozen=True, kw_only=True):
    """A host's wish that the caller mute. `requested_at` in ms."""

    id: MuteRequestId
    requested_by: UserCard
    requested_at: float


@mutation
def request_mute(ctx: MutationCtx, meeting_id: MeetingId, user_id: UserId) -> None:
    """Ask somebody in the active meeting to mute. For hosts who are in it too; twenty at once, then one a second.

    Asking again replaces what still waits.

    Raises:
        NotFound: For no member.
        Invalid: For oneself, for an observer, who cannot be heard, and for somebody who is not in.
    """
    caller, own = require_role(ctx, meeting_id, "host")
    ctx.heartbeat(meeting_id, caller.id)
    require_active(ctx, meeting_id)
    require_joined(own)
    member = members.member_of(ctx, meeting_id, user_id)
    if member is None:
        raise NotFound("Participant", user_id)
    if user_id == caller.id:
        raise Invalid("You mute yourself in your own client", "userId")
    if member.role == "observer" or member.presence != "joined":
        raise Invalid("Only somebody who takes part and is in the meeting can be asked to mute", "userId")
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    mute_requests.ask(ctx, meeting_id, user_id, caller.id)
    audit(ctx, "meeting.request_mute", transitions.RESOURCE, meeting_id, caller.id, user_id=user_id)


@query
def get_mute_request(ctx: QueryCtx, meeting_id: MeetingId) -> MuteRequestView | None:
    """Return the request that waits for the caller, or null. For members."""
    caller, _ = require_member(ctx, meeting_id)
    held = mute_requests.waiting(ctx, meeting_id, caller.id)
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
    """Say that the caller has muted, or will not. For members; nothing happens when another request waits, or none."""
    caller, _ = require_member(ctx, meeting_id)
    held = mute_requests.waiting(ctx, meeting_id, caller.id)
    if held is not None and held.id == request_id:
        mute_requests.drop(ctx, meeting_id, caller.id)
