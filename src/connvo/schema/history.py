"""Store the history of members' connections: failures, and events of their calls."""

from typing import Literal, NewType, TypeAlias

from connvo.rules.recovery_ladder import ErrorType as ErrorType
from connvo.rules.recovery_ladder import Rung as Rung
from connvo.store.schema import Document, table

from .meetings import MeetingId, Provider
from .sessions import SessionRowId
from .users import UserId

FailureId = NewType("FailureId", str)
CallEventId = NewType("CallEventId", str)
CallEventKind: TypeAlias = Literal["joined", "connected", "disconnected", "failed", "moved", "left", "removed"]


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
    """A failure that a member reported, and the answer; `session_row` is the failed session; times in ms.

    `stale`: the room moved before the report. `pause_ms`: the pause before the next attempt.
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
    stale: bool = False
    pause_ms: float = 0.0


@table(
    "callEvents",
    10052,
    id_type=CallEventId,
    owner="user_id",
    indexes={"by_member": ("meeting_id", "user_id", "at"), "by_age": ("at",)},
    retention="CONNVO_RETENTION_TIMELINE_DAYS",
)
class CallEvent(Document, frozen=True, kw_only=True):
    """An event of a member's connection; `at` in ms; `seconds` is the time of a recovery."""

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
