"""Admission of members to a call at GetStream."""

from connvo.kernel.errors import ServiceUnavailable, Unsupported
from connvo.model.access import require_active, require_joined, require_role
from connvo.model.audit import audit
from connvo.model.meetings import room_ids
from connvo.model.rate_limits import charge
from connvo.providers.rooms.base import MediaRoom, RoomMember
from connvo.rules.providers import GETSTREAM
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

from . import placement_row
from .views import StreamUser

DEFAULT_NAME = "Guest"
ACTION = "streamToken"
# Each token takes several requests to the provider.
BURST, RATE = 20.0, 0.5


class StreamEntry(Result, frozen=True, kw_only=True):
    """The caller's entry to a call. While `opening`, the call may not exist yet."""

    room: MediaRoom
    member: RoomMember
    user: StreamUser
    generation: int
    opening: bool


@internal_query
def find_stream_entry(ctx: QueryCtx, meeting_id: MeetingId) -> StreamEntry:
    """Return the caller's entry to the call of an active meeting.

    Raises:
        Forbidden: The caller is not a member.
        InsufficientRole: The caller is an observer.
        MeetingNotActive: The meeting has not started or is over.
        Unsupported: The room is not at GetStream.
        Invalid: The caller has not joined.
        ServiceUnavailable: The room is closed.
    """
    user, member = require_role(ctx, meeting_id, "participant")
    meeting = require_active(ctx, meeting_id)
    if meeting.provider != GETSTREAM:
        raise Unsupported("The meeting's room is not at GetStream", meeting.provider)
    require_joined(member)
    current = placement_row.placement_of(ctx, meeting_id)
    if current is not None and current.state == "closed":
        raise ServiceUnavailable(
            "The room is closed for now: try again shortly; the server is reopening it", reason=current.reason
        )
    name = user.display_name or DEFAULT_NAME
    return StreamEntry(
        room=room_ids.media_room(meeting),
        member=RoomMember(user_id=user.id, session_id="", name=name, host=member.role == "host"),
        user=StreamUser(id=user.id, name=name, image=user.avatar_url),
        generation=meeting.generation,
        opening=current is not None and current.state == "opening",
    )


@internal_mutation
def begin_stream_entry(ctx: MutationCtx, meeting_id: MeetingId) -> StreamEntry:
    """Return `find_seat`, charge the rate limit and record a heartbeat.

    Raises:
        RateLimited: The caller has requested tokens for this call too often lately.
    """
    found: StreamEntry = find_stream_entry(ctx, meeting_id)
    ctx.heartbeat(meeting_id, found.member.user_id)
    charge(ctx, UserId(found.member.user_id), ACTION, meeting_id, BURST, RATE)
    audit(ctx, "media_token.issue", "meetings", meeting_id, UserId(found.member.user_id), kind=GETSTREAM)
    return found
