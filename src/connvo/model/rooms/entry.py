"""Admission of members to the media room of their meeting."""

import msgspec

from connvo.kernel.errors import Invalid, ServiceUnavailable
from connvo.model.access import require_active, require_joined, require_role
from connvo.model.audit import audit
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

from . import ice, placement_row

ACTION = "enterMediaRoom"
# Each entry costs the provider some calls.
BURST, RATE = 20.0, 0.5


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The current room and the member who enters it."""

    provider: Provider
    generation: int
    state: OpenState
    room: MediaRoom
    member: RoomMember
    ice_servers: list[IceServer]


@internal_query
def find_entry(ctx: QueryCtx, meeting_id: MeetingId, session_id: str) -> Entry:
    """Return the caller's entry to the room of an active meeting, for one of the caller's open sessions.

    Raises:
        Forbidden: The caller is not a member.
        InsufficientRole: The caller is an observer.
        MeetingNotActive: The meeting has not started or is over.
        Invalid: The caller has not joined, or the room has moved since the session began.
        NotFound: The caller has no such session.
        Conflict: The session is over.
        ServiceUnavailable: The room is closed.
    """
    user, member = require_role(ctx, meeting_id, "participant")
    meeting = require_active(ctx, meeting_id)
    require_joined(member)
    session = sessions.own_open_session(ctx, meeting_id, session_id, user.id)
    if session.generation != meeting.generation:
        raise Invalid(
            "The room has moved since this session began: create a new session",
            "sessionId",
            generation=meeting.generation,
        )
    state = room_state(ctx, meeting)
    if state == "closed":
        current = placement_row.placement_of(ctx, meeting_id)
        raise ServiceUnavailable(
            "The room is closed for now: try again shortly; the server is reopening it",
            reason=None if current is None else current.reason,
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
    """Return the state of a meeting's room; it is closed unless the meeting is active."""
    if meeting.state != "active":
        return "closed"
    current = placement_row.placement_of(ctx, meeting.id)
    return "ready" if current is None else current.state


@internal_mutation
def begin_entry(ctx: MutationCtx, meeting_id: MeetingId, session_id: str) -> Entry:
    """Return the result of `find_entry`; charge the rate limit and record a heartbeat.

    Raises:
        RateLimited: The caller has entered this room too often lately.
    """
    entry: Entry = find_entry(ctx, meeting_id, session_id)
    user, _ = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    charge(ctx, user.id, ACTION, meeting_id, BURST, RATE)
    audit(ctx, "media_token.issue", "meetings", meeting_id, user.id, kind=entry.provider)
    return entry
