"""What members see of their meetings."""

from ...domain.providers import MESH
from ...runtime.context import QueryCtx
from ...runtime.function import query
from ...runtime.wire import Result
from ...schema.meetings import Meeting, MeetingId, MeetingState, Participant, ParticipantId, Presence, Role
from ...schema.users import User, UserId
from .._shared import roster
from .._shared.access import require_member, require_user
from .._shared.numbers import clamped
from .._shared.sessions import live_session_count, sessions_of

LIST_DEFAULT = 50.0
LIST_MOST = 100


class MeetingView(Result, frozen=True, kw_only=True):
    """A meeting as one of its members sees it. Lengths and times are milliseconds."""

    id: MeetingId
    creation_time: float
    organizer_id: UserId
    title: str
    description: str | None = None
    scheduled_at: float | None = None
    duration: float | None = None
    webrtc_enabled: bool | None = None
    stream_room_id: str | None = None
    state: MeetingState
    participant_count: float | None = None
    average_rating: float | None = None
    created_at: float
    updated_at: float
    user_role: Role
    user_presence: Presence
    active_webrtc_sessions: float


class MeetingItem(Result, frozen=True, kw_only=True):
    """A meeting in the list of one's own."""

    id: MeetingId
    organizer_id: UserId
    title: str
    description: str | None = None
    scheduled_at: float | None = None
    duration: float | None = None
    state: MeetingState
    participant_count: float | None = None
    created_at: float
    updated_at: float
    user_role: Role
    user_presence: Presence


class UserCard(Result, frozen=True, kw_only=True):
    """What members see of each other."""

    id: UserId
    display_name: str | None = None
    avatar_url: str | None = None


class ParticipantView(Result, frozen=True, kw_only=True):
    """A member, and how they are connected right now."""

    id: ParticipantId
    creation_time: float
    meeting_id: MeetingId
    user_id: UserId
    role: Role
    joined_at: float | None = None
    left_at: float | None = None
    presence: Presence
    created_at: float
    user: UserCard
    webrtc_connected: bool
    webrtc_session_count: float


@query
def get_meeting(ctx: QueryCtx, meeting_id: MeetingId) -> MeetingView | None:
    """Returns a meeting with the caller's role and presence, and how many sessions are live. For members."""
    caller, member = require_member(ctx, meeting_id)
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None:
        return None
    if member.presence == "joined":
        ctx.alive(meeting_id, caller.id)
    return MeetingView(
        id=meeting.id,
        creation_time=meeting.creation_time,
        organizer_id=meeting.organizer_id,
        title=meeting.title,
        description=meeting.description,
        scheduled_at=meeting.scheduled_at,
        duration=meeting.duration,
        webrtc_enabled=meeting.provider == MESH,
        stream_room_id=meeting.room_id,
        state=meeting.state,
        participant_count=meeting.participant_count,
        average_rating=meeting.average_rating,
        created_at=meeting.created_at,
        updated_at=meeting.updated_at,
        user_role=member.role,
        user_presence=member.presence,
        active_webrtc_sessions=live_session_count(ctx, meeting_id),
    )


@query
def list_user_meetings(
    ctx: QueryCtx, state: MeetingState | None = None, limit: float | None = None
) -> list[MeetingItem]:
    """Returns the caller's meetings, of one state or all, the newest first: 50 unless asked, never more than 100."""
    caller = require_user(ctx)
    most = clamped(LIST_DEFAULT if limit is None else limit, 1, LIST_MOST, "limit")
    if state is None:
        mine = ctx.db.scan(Participant, "by_user", caller.id, reverse=True, limit=most)
    else:
        mine = ctx.db.scan(Participant, "by_user_state", caller.id, state, reverse=True, limit=most)
    return [
        _item(meeting, member) for member in mine if (meeting := ctx.db.get(Meeting, member.meeting_id)) is not None
    ]


@query
def list_meeting_participants(ctx: QueryCtx, meeting_id: MeetingId) -> list[ParticipantView]:
    """Returns the members, the oldest first, with their card and their live sessions. For members."""
    caller, own = require_member(ctx, meeting_id)
    if own.presence == "joined":
        ctx.alive(meeting_id, caller.id)
    live = sessions_of(ctx, meeting_id)
    views: list[ParticipantView] = []
    for member in roster.members(ctx, meeting_id):
        user = ctx.db.get(User, member.user_id)
        if user is None:
            continue
        states = [session.state for session in live if session.user_id == member.user_id]
        views.append(
            ParticipantView(
                id=member.id,
                creation_time=member.creation_time,
                meeting_id=member.meeting_id,
                user_id=member.user_id,
                role=member.role,
                joined_at=member.joined_at,
                left_at=member.left_at,
                presence=member.presence,
                created_at=member.created_at,
                user=card_of(user),
                webrtc_connected="connected" in states,
                webrtc_session_count=len(states),
            )
        )
    return views


def card_of(user: User) -> UserCard:
    """Returns what members see of a person."""
    return UserCard(id=user.id, display_name=user.display_name, avatar_url=user.avatar_url)


def _item(meeting: Meeting, member: Participant) -> MeetingItem:
    return MeetingItem(
        id=meeting.id,
        organizer_id=meeting.organizer_id,
        title=meeting.title,
        description=meeting.description,
        scheduled_at=meeting.scheduled_at,
        duration=meeting.duration,
        state=meeting.state,
        participant_count=meeting.participant_count,
        created_at=meeting.created_at,
        updated_at=meeting.updated_at,
        user_role=member.role,
        user_presence=member.presence,
    )
