"""Setup of a meeting's room, and access grants to it."""

from connvo.kernel.errors import NOT_ACTIVE, InsufficientRole, Invalid
from connvo.model.access import require_joined, require_meeting, require_member, require_role, require_running
from connvo.model.meetings import members, room_ids
from connvo.model.signalling import sessions
from connvo.providers.room_token import RoomGrant
from connvo.rules.meeting_states import is_open
from connvo.rules.planning import head_count
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, MeetingId, Participant, Provider
from connvo.schema.rooms import VideoRoom

from . import ice
from .views import RoomConfig, RoomFeatures, RoomPermissions


class Access(Result, frozen=True, kw_only=True):
    """A member's access to a room, before the token is signed."""

    provider: Provider
    room_id: str
    participant_id: str
    permissions: RoomPermissions
    grant: RoomGrant


@internal_mutation
def open_room(ctx: MutationCtx, meeting_id: MeetingId, max_participants: float | None = None) -> RoomConfig:
    """Return the room of a meeting; set it up on the first call of a host.

    Raises:
        Forbidden: The caller is not a member.
        InsufficientRole: The room is not set up, and the caller is not a host.
        Invalid: The meeting is over, or `max_participants` is out of range.
        RateLimited: The caller has requested TURN credentials too often.
    """
    _, member = require_member(ctx, meeting_id)
    meeting = require_meeting(ctx, meeting_id)
    asked = head_count(max_participants, meeting.cap)
    room = room_ids.find_room(ctx, meeting_id)
    if room is None and member.role != "host":
        raise InsufficientRole("host", member.role)
    if not is_open(meeting.state):
        raise Invalid(f"{NOT_ACTIVE[meeting.state]} and its room is closed", "meetingId", state=meeting.state)
    if room is None:
        room = _set_up(ctx, meeting, asked)
    return RoomConfig(
        room_id=room.room_id,
        provider=room.provider,
        ice_servers=ice.mint(ctx, meeting, member),
        features=_features(room),
        success=True,
    )


@internal_query
def grant_access(ctx: QueryCtx, meeting_id: MeetingId, session_id: str | None = None) -> Access:
    """Return the claims of the caller's room token.

    Raises:
        InsufficientRole: The caller is an observer.
        Invalid: The meeting is not active, the caller has not joined, or the room is not set up.
        NotFound: The caller has no such session.
        Conflict: The session is over.
    """
    user, member = require_role(ctx, meeting_id, "participant")
    ctx.heartbeat(meeting_id, user.id)
    require_running(ctx, meeting_id)
    require_joined(member)
    room = room_ids.find_room(ctx, meeting_id)
    if room is None:
        raise Invalid("The meeting has no room yet: a host sets it up first", "meetingId")
    if session_id is not None:
        sessions.own_open_session(ctx, meeting_id, session_id, user.id)
    return Access(
        provider=room.provider,
        room_id=room.room_id,
        participant_id=member.id if session_id is None else session_id,
        permissions=_permissions(member, room),
        grant=RoomGrant(
            meeting_id=meeting_id,
            room_id=room.room_id,
            provider=room.provider,
            user_id=user.id,
            session_id=session_id,
            role=member.role,
        ),
    )


def _set_up(ctx: MutationCtx, meeting: Meeting, asked: int) -> VideoRoom:
    """Store the room; its cap is at most the meeting's and at least the number of joined members."""
    cap = max(min(asked, meeting.cap), members.joined_count(ctx, meeting))
    ctx.db.patch(meeting, cap=cap, updated_at=ctx.now)
    room = VideoRoom(
        meeting_id=meeting.id,
        room_id=room_ids.room_id(meeting),
        provider=meeting.provider,
        recording=meeting.recording_allowed,
        transcription=meeting.transcription_enabled,
        max_participants=cap,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return ctx.db.insert(room)


def _features(room: VideoRoom) -> RoomFeatures:
    return RoomFeatures(
        recording=room.recording,
        transcription=room.transcription,
        max_participants=room.max_participants,
        screen_sharing=room.screen_sharing,
        chat=room.chat,
    )


def _permissions(member: Participant, room: VideoRoom) -> RoomPermissions:
    host = member.role == "host"
    return RoomPermissions(
        can_record=host and room.recording, can_mute=host, can_kick=host, can_share=room.screen_sharing
    )
