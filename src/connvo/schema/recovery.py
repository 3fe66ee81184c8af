"""Where the rooms of meetings are and how that came about; which providers fail; what happened to whom in a call."""

from typing import Literal, NewType, TypeAlias

from ..domain.breaker import Breaker as Breaker
from ..store.schema import Document, table
from .meetings import MeetingId, Provider
from .users import UserId
from .webrtc import ErrorType, Rung

RoomCourseId = NewType("RoomCourseId", str)
ProviderHealthId = NewType("ProviderHealthId", str)
CallEventId = NewType("CallEventId", str)

OpenState: TypeAlias = Literal["opening", "ready", "closed"]
CallEventKind: TypeAlias = Literal["joined", "connected", "disconnected", "failed", "moved", "left", "removed"]


@table(
    "mediaRooms",
    10050,
    id_type=RoomCourseId,
    indexes={"by_meeting": ("meeting_id",)},
    retention="dropped when its meeting ends",
)
class RoomCourse(Document, frozen=True, kw_only=True):
    """How a meeting's room stands at its provider, since when and why; at most one row per meeting.

    Provider and generation are the meeting's own. `announced` is where the room is about to move, at `announced_at`,
    and `prepared` that it is open there. `left` is where it came from, and `left_room` its id there, which ends a
    moment after the move. `tried` are the providers that did not open it since it was last ready, `tries` how often
    it was tried again while closed. Times in ms.
    """

    id: RoomCourseId = RoomCourseId("")
    meeting_id: MeetingId
    state: OpenState
    reason: str | None = None
    since: float
    announced: Provider | None = None
    announced_at: float = 0.0
    announced_reason: str | None = None
    prepared: bool = False
    left: Provider | None = None
    left_room: str | None = None
    tried: tuple[Provider, ...] = ()
    tries: int = 0


@table(
    "providerHealth",
    10051,
    id_type=ProviderHealthId,
    indexes={"by_provider": ("provider",)},
    retention="for ever, a row per provider that ever failed",
)
class ProviderHealth(Document, frozen=True, kw_only=True):
    """The circuit breaker of a provider, one for all nodes. `probed_at` is when the last probe was sent; in ms."""

    id: ProviderHealthId = ProviderHealthId("")
    provider: Provider
    breaker: Breaker
    reason: str
    probed_at: float = 0.0


@table(
    "callEvents",
    10052,
    id_type=CallEventId,
    owner="user_id",
    indexes={"by_member": ("meeting_id", "user_id", "at"), "by_age": ("at",)},
    retention="CONNVO_RETENTION_TIMELINE_DAYS",
)
class CallEvent(Document, frozen=True, kw_only=True):
    """Something that happened to a member's connection; `at` in ms, `seconds` is how long it took to recover."""

    id: CallEventId = CallEventId("")
    meeting_id: MeetingId
    user_id: UserId
    at: float
    kind: CallEventKind
    provider: Provider
    generation: int
    session_id: str | None = None
    error_type: ErrorType | None = None
    rung: Rung | None = None
    reason: str | None = None
    candidate_type: str | None = None
    seconds: float | None = None
