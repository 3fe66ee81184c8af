"""Results of the signalling functions."""

from connvo.model.meetings.views import UserCard
from connvo.rules.quality import Grade
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.sessions import Metadata, SessionRowId, SessionState
from connvo.schema.signals import IceCandidate, SessionDescription, SignalId, SignalType
from connvo.schema.users import UserId


class CreatedSession(Result, frozen=True, kw_only=True):
    """An open session of the caller."""

    session_id: str
    success: bool


class PendingSignal(Result, frozen=True, kw_only=True):
    """A signal to the caller. `session_id` is the sender's; `id` is the cursor after it; `timestamp` in ms."""

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


class QualityReport(Result, frozen=True, kw_only=True):
    """The grade of a connection and advice for the user."""

    quality: Grade
    recommendations: list[str]
    should_fallback: bool
