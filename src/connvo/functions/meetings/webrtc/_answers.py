"""What the functions of a call give back."""

from ....domain.quality import Grade
from ....kernel.secret import Secret
from ....providers.turn import IceServer
from ....runtime.wire import Result
from ....schema.meetings import MeetingId, Provider
from ....schema.recovery import CallEventKind, OpenState
from ....schema.users import UserId
from ....schema.webrtc import (
    ErrorType,
    IceCandidate,
    Metadata,
    Rung,
    SessionDescription,
    SessionRowId,
    SessionState,
    SignalId,
    SignalType,
)
from ..queries import UserCard


class CreatedSession(Result, frozen=True, kw_only=True):
    """An open session of the caller."""

    session_id: str
    success: bool


class PendingSignal(Result, frozen=True, kw_only=True):
    """A signal to the caller. `session_id` is the sender's; `id` is the cursor behind it; `timestamp` in ms."""

    id: SignalId
    session_id: str
    from_user_id: UserId
    type: SignalType
    data: SessionDescription | IceCandidate
    timestamp: float


class ActiveSession(Result, frozen=True, kw_only=True):
    """An open session of the meeting. `connection_quality` is absent when its last sample is old; times in ms."""

    id: SessionRowId
    creation_time: float
    meeting_id: MeetingId
    session_id: str
    user_id: UserId
    state: SessionState
    metadata: Metadata | None = None
    created_at: float
    updated_at: float
    user: UserCard
    connection_quality: Grade | None = None
    last_metrics_at: float | None = None


class RoomFeatures(Result, frozen=True, kw_only=True):
    """What the room offers. `max_participants` is the enforced cap, whatever was asked for."""

    recording: bool
    transcription: bool
    max_participants: float
    screen_sharing: bool
    chat: bool


class RoomConfig(Result, frozen=True, kw_only=True):
    """The room of a meeting. Credentials among the ICE servers are the caller's own."""

    room_id: str
    provider: Provider
    ice_servers: list[IceServer] | None = None
    features: RoomFeatures
    success: bool


class RoomPermissions(Result, frozen=True, kw_only=True):
    """What the caller may do in the room."""

    can_record: bool
    can_mute: bool
    can_kick: bool
    can_share: bool


class RoomAccess(Result, frozen=True, kw_only=True):
    """A token for the room and whom it is for: the session asked for, or the caller's membership."""

    token: Secret
    provider: Provider
    room_id: str
    participant_id: str
    permissions: RoomPermissions
    success: bool


class FailureAdvice(Result, frozen=True, kw_only=True):
    """What to do now. `fallback_provider` is set when the room has moved there."""

    success: bool
    fallback_provider: Provider | None = None
    retry_recommended: bool


class QualityReport(Result, frozen=True, kw_only=True):
    """How good the connection is and what the person can do about it."""

    quality: Grade
    recommendations: list[str]
    should_fallback: bool


class RoomAnnouncement(Result, frozen=True, kw_only=True):
    """The room is about to move to `provider`, not before `at`."""

    provider: Provider
    at: float
    reason: str


class RoomState(Result, frozen=True, kw_only=True):
    """Where the room is, and `since` when it stands like this. `generation` counts its moves. Times in ms."""

    provider: Provider
    generation: float
    state: OpenState
    reason: str | None = None
    since: float
    announced: RoomAnnouncement | None = None


class Recovery(Result, frozen=True, kw_only=True):
    """Somebody who is not connected since their connection failed, and the last answer of the ladder. Times in ms.

    `attempts` counts their failures in a row, the first of them `since`. `retry_at` is when to try again, where the
    answer asks for a pause; `retry_recommended` is false when nothing is left to try.
    """

    user_id: UserId
    error_type: ErrorType
    rung: Rung
    reason: str
    attempts: float
    since: float
    at: float
    retry_at: float | None = None
    retry_recommended: bool


class MediaAccess(Result, frozen=True, kw_only=True):
    """The way into the room; what the provider does not use is absent. `expires_at` is when the token ends, in ms.

    With `janus`: connect to `url`, send `api_token` with every request, and join `room_id` with `token` as the
    publisher `feed_id`, which no other session has.
    """

    provider: Provider
    room_id: str
    generation: float
    url: str | None = None
    token: Secret | None = None
    api_token: Secret | None = None
    feed_id: str | None = None
    expires_at: float | None = None
    ice_servers: list[IceServer]


class TimelineEntry(Result, frozen=True, kw_only=True):
    """Something that happened to a connection. `seconds_to_recover` counts from the first failure before it."""

    at: float
    kind: CallEventKind
    provider: Provider
    generation: float
    session_id: str | None = None
    error_type: ErrorType | None = None
    rung: Rung | None = None
    reason: str | None = None
    candidate_type: str | None = None
    seconds_to_recover: float | None = None
