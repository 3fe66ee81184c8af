"""Store sessions, and the quality of their connections."""

from typing import NewType, TypeAlias

from connvo.rules.quality import Grade as Grade
from connvo.rules.quality import Sample as Sample
from connvo.rules.session_states import SessionState as SessionState
from connvo.store.schema import Document, table

from .changes import Revised
from .meetings import MeetingId
from .users import UserId

SessionRowId = NewType("SessionRowId", str)
MetricId = NewType("MetricId", str)
Metadata: TypeAlias = dict[str, str | float | bool]


@table(
    "webrtcSessions",
    10010,
    id_type=SessionRowId,
    owner="user_id",
    indexes={
        "by_meeting_session": ("meeting_id", "session_id"),
        "by_meeting_state": ("meeting_id", "state"),
        "by_member": ("meeting_id", "user_id", "open"),
        "by_ended": ("open", "updated_at"),
        "by_revision": ("meeting_id", "revision"),
    },
    retention="a day after it ended",
)
class WebrtcSession(Revised, frozen=True, kw_only=True):
    """One device of one member in one meeting; (meeting, session id) is unique.

    `open` is derived from the state: connecting, connected or disconnected. `resumes` is the state to restore, set
    exactly while missing heartbeats have made the session disconnected. `generation` is that of the room when the
    session began. `quality` is the last grade of its connection, while there are samples.
    """

    feed = "roster"

    id: SessionRowId = SessionRowId("")
    meeting_id: MeetingId
    session_id: str
    user_id: UserId
    state: SessionState
    open: bool
    resumes: SessionState | None = None
    generation: int = 0
    quality: Grade | None = None
    metadata: Metadata | None = None
    created_at: float
    updated_at: float


@table(
    "connectionMetrics",
    10016,
    id_type=MetricId,
    owner="user_id",
    indexes={"by_meeting": ("meeting_id", "session_id")},
    retention="dropped with its session",
)
class ConnectionMetric(Document, frozen=True, kw_only=True):
    """The newest quality sample of an open session; at most one row per session."""

    id: MetricId = MetricId("")
    meeting_id: MeetingId
    user_id: UserId
    session_id: str
    quality: Grade
    stats: Sample
    timestamp: float
