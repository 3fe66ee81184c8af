"""Who may enter a media room, and which."""

import msgspec

from connvo.kernel.errors import Invalid, ServiceUnavailable
from connvo.model.access import require_active, require_joined, require_role
from connvo.model.meetings import room_ids
from connvo.model.rate_limits import charge
from connvo.model.signalling import sessions
from connvo.providers.rooms.base import MediaRoom, RoomMember
from connvo.providers.turn import IceServer
from connvo.rules.providers import Provider
from connvo.rules.users import UNNAMED
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.rooms import OpenState

from . import ice, placement

ACTION = "enterMediaRoom"
# Each entry costs the provider some calls.
BURST, RATE = 20.0, 0.5


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A member's way into the room as it is now."""

    provider: Provider
    generation: int
    state: OpenState
    room: MediaRoom
    member: RoomMember
    ice_servers: list[IceServer]


@internal_query
def find_entry(ctx: QueryCtx, meeting_id: MeetingId, session_id: str) -> Entry:
    """Return the way in for the caller, who has joined the active meeting and have this session open.

    Raises:
        ServiceUnavailable: While the room is closed, besides what the guards raise.
    """
    user, member = require_role(ctx, meeting_id, "participant")
    meeting = require_active(ctx, meeting_id)
    require_joined(member)
    session = sessions.own_open_session(ctx, meeting_id, session_id, user.id)
    if session.generation != meeting.generation:
        raise Invalid(
            "The room has moved since this session began: create a new one",
            "sessionId",
            generation=meeting.generation,
        )
    state = room_state(ctx, meeting)
    if state == "closed":
        course = placement.placement_of(ctx, meeting_id)
        raise ServiceUnavailable(
            "The room cannot be entered now; the server is trying again",
            reason=None if course is None else course.reason,
        )
    name = user.display_name or UNNAMED
    return Entry(
        provider=meeting.provider,
        generation=meeting.generation,
        state=state,
        room=room_ids.media_room(meeting),
        member=RoomMember(user_id=user.id, session_id=session_id, name=name, host=member.role == "host"),
        ice_servers=ice.servers_for(ctx, meeting, member),
    )


def room_state(ctx: QueryCtx, meeting: Meeting) -> OpenState:
    """Return how the room of a meeting stands; one of a meeting that is not active is closed."""
    if meeting.state != "active":
        return "closed"
    course = placement.placement_of(ctx, meeting.id)
    return "ready" if course is None else course.state


@internal_mutation
def begin_entry(ctx: MutationCtx, meeting_id: MeetingId, session_id: str) -> Entry:
    """Return `find_entry`, having counted the call as one and as a sign of life.

    Raises:
        RateLimited: Too many calls in a short time.
    """
    entry: Entry = find_entry(ctx, meeting_id, session_id)
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    charge(ctx, user.id, ACTION, meeting_id, BURST, RATE)
    return entry
