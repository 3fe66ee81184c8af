"""Sessions, the signals between them, and what is known of how well they are connected."""

from typing import Literal, NewType, TypeAlias

import msgspec

from ..domain.negotiation import DescriptionType as DescriptionType
from ..domain.presence import SessionState as SessionState
from ..domain.quality import Grade as Grade
from ..domain.quality import Sample as Sample
from ..domain.recovery import ErrorType as ErrorType
from ..domain.recovery import Rung as Rung
from ..store.schema import Document, table, wire_name
from .meetings import MeetingId, Provider
from .users import UserId

VideoRoomId = NewType("VideoRoomId", str)
SessionRowId = NewType("SessionRowId", str)
SignalId = NewType("SignalId", str)
SignalQueueId = NewType("SignalQueueId", str)
NegotiationId = NewType("NegotiationId", str)
FailureId = NewType("FailureId", str)
MetricId = NewType("MetricId", str)

SignalType: TypeAlias = Literal["sdp", "ice"]
Metadata: TypeAlias = dict[str, str | float | bool]

WITH_MEETING = "dropped when its meeting ends"


class SessionDescription(
    msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, forbid_unknown_fields=True, omit_defaults=True
):
    """An SDP offer, answer, provisional answer or rollback, as `RTCSessionDescription` has it."""

    type: DescriptionType
    sdp: str


class IceCandidate(
    msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, forbid_unknown_fields=True, omit_defaults=True
):
    """A candidate as `RTCIceCandidate.toJSON()` gives it. An empty `candidate` says that there are no more."""

    candidate: str
    sdp_m_line_index: int | float | None = None
    sdp_mid: str | None = None
    username_fragment: str | None = None


@table(
    "videoRooms", 10009, id_type=VideoRoomId, indexes={"by_meeting": ("meeting_id",)}, retention="kept with its meeting"
)
class VideoRoom(Document, frozen=True, kw_only=True):
    """The room of a meeting; at most one row per meeting. Never holds ICE servers or credentials."""

    id: VideoRoomId = VideoRoomId("")
    meeting_id: MeetingId
    room_id: str
    provider: Provider
    recording: bool
    transcription: bool
    max_participants: int
    screen_sharing: bool = True
    chat: bool = True
    created_at: float
    updated_at: float


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
    },
    retention="a day after it ended",
)
class WebrtcSession(Document, frozen=True, kw_only=True):
    """One device of one member in one meeting; (meeting, session id) is unique.

    `open` repeats the state: connecting, connected or disconnected. `resumes` is the state to come back to, set
    exactly while silence has made the session disconnected. `generation` is the room's when the session began.
    """

    id: SessionRowId = SessionRowId("")
    meeting_id: MeetingId
    session_id: str
    user_id: UserId
    state: SessionState
    open: bool
    resumes: SessionState | None = None
    generation: int = 0
    metadata: Metadata | None = None
    created_at: float
    updated_at: float


@table(
    "webrtcSignals",
    10011,
    id_type=SignalId,
    owner="from_user_id",
    indexes={
        "by_addressee": ("meeting_id", "to_user_id", "position"),
        "by_sender": ("meeting_id", "from_user_id", "session_id"),
    },
    retention="two minutes, or until processed",
)
class Signal(Document, frozen=True, kw_only=True):
    """One undelivered signal to one addressee; exactly one of `description` and `candidate` is set.

    `position` is its place in the addressee's queue and stands in its id. `session_id` is the sender's. `ufrags`
    and `early` are what `domain/negotiation.py` needs to know. Times in ms.
    """

    id: SignalId = SignalId("")
    meeting_id: MeetingId
    to_user_id: UserId
    from_user_id: UserId
    session_id: str
    position: int
    description: SessionDescription | None = None
    candidate: IceCandidate | None = None
    ufrags: tuple[str, ...] = ()
    early: bool = False
    timestamp: float
    expires_at: float

    @property
    def content(self) -> SessionDescription | IceCandidate:
        """What was sent. Raises ValueError for a row with neither, which nothing stores."""
        if self.description is not None:
            return self.description
        if self.candidate is None:
            raise ValueError(f"signal {self.id} is empty")
        return self.candidate


@table(
    "signalQueues",
    10012,
    id_type=SignalQueueId,
    owner="user_id",
    indexes={"by_member": ("meeting_id", "user_id")},
    retention=WITH_MEETING,
)
class SignalQueue(Document, frozen=True, kw_only=True):
    """The queue of one member: the next free position, never given twice, and how many signals wait, of each sender."""

    id: SignalQueueId = SignalQueueId("")
    meeting_id: MeetingId
    user_id: UserId
    next_position: int = 1
    pending: int = 0
    by_sender: dict[str, int] = {}


@table(
    "negotiations",
    10013,
    id_type=NegotiationId,
    owner="from_user_id",
    indexes={
        "by_pair": ("meeting_id", "from_user_id", "session_id", "to_user_id"),
        "by_addressee": ("meeting_id", "to_user_id"),
    },
    retention="dropped with its session",
)
class Negotiation(Document, frozen=True, kw_only=True):
    """What one session has described to one member; see `Track` in `domain/negotiation.py`."""

    id: NegotiationId = NegotiationId("")
    meeting_id: MeetingId
    from_user_id: UserId
    session_id: str
    to_user_id: UserId
    described: bool
    ufrags: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


@table(
    "connectionFailures",
    10014,
    id_type=FailureId,
    owner="user_id",
    indexes={
        "by_member": ("meeting_id", "user_id", "at"),
        "by_meeting": ("meeting_id", "at"),
        "by_session": ("session_row",),
        "by_age": ("at",),
    },
    retention="an hour",
)
class ConnectionFailure(Document, frozen=True, kw_only=True):
    """A failure somebody reported and the answer they got. `session_row` is the session that failed; times in ms.

    `belated`: the room had moved before the report came. `pause_ms`: how long to wait before the next try.
    """

    id: FailureId = FailureId("")
    meeting_id: MeetingId
    user_id: UserId
    session_row: SessionRowId
    session_id: str
    error_type: ErrorType
    at: float
    generation: int
    rung: Rung
    retry: bool
    fallback: Provider | None = None
    reason: str
    belated: bool = False
    pause_ms: float = 0.0


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
