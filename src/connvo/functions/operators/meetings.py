"""Meetings that run, and calls that failed: states and numbers, no title, name or word."""

from connvo.kernel.errors import Invalid
from connvo.model.access import require_operator
from connvo.model.history import timeline
from connvo.model.operators import meetings
from connvo.rules.monitoring.objectives import DAY_MS, HOUR_MS
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query
from connvo.runtime.wire import Result
from connvo.schema.history import CallEvent, CallEventKind, ErrorType, Rung
from connvo.schema.meetings import MeetingId, Provider
from connvo.schema.users import UserId

PRIORITY: Priority = "normal"

MAX_AGE_MS = 30 * DAY_MS


class RunningMeeting(Result, frozen=True, kw_only=True):
    """A meeting that is active. Sessions are counted by state, and by the grade of their connection. Times in ms."""

    meeting_id: MeetingId
    started_at: float | None = None
    provider: Provider
    moves: float
    joined: float
    sessions: dict[str, float]
    quality: dict[str, float]
    reconnecting: float


class RunningMeetings(Result, frozen=True, kw_only=True):
    """The newest 100 meetings that are active, of all that are."""

    total: float
    meetings: list[RunningMeeting]


@query
def list_running(ctx: QueryCtx) -> RunningMeetings:
    """Return the meetings that run, with the quality of their connections. For operators."""
    require_operator(ctx)
    found = [
        RunningMeeting(
            meeting_id=one.meeting.id,
            started_at=one.meeting.started_at,
            provider=one.meeting.provider,
            moves=one.meeting.generation,
            joined=one.joined,
            sessions={state: float(count) for state, count in one.sessions.items()},
            quality={grade: float(count) for grade, count in one.quality.items()},
            reconnecting=one.reconnecting,
        )
        for one in meetings.running(ctx)
    ]
    return RunningMeetings(total=meetings.count_running(ctx), meetings=found)


class ConnectionEvent(Result, frozen=True, kw_only=True):
    """An event of a member's connection; `at` in ms, `seconds` that a recovery took."""

    meeting_id: MeetingId
    user_id: UserId
    at: float
    kind: CallEventKind
    provider: Provider
    error_type: ErrorType | None = None
    rung: Rung | None = None
    reason: str | None = None
    candidate_type: str | None = None
    seconds: float | None = None


@query
def list_failures(ctx: QueryCtx, window_ms: float | None = None) -> list[ConnectionEvent]:
    """Return the newest 200 failures of connections within an hour, or another window up to 30 days. For operators.

    Raises:
        Invalid: The window is out of its bounds.
    """
    require_operator(ctx)
    window = HOUR_MS if window_ms is None else window_ms
    if not 0 < window <= MAX_AGE_MS:
        raise Invalid("A window is up to 30 days long", "windowMs", maximum=MAX_AGE_MS)
    return [_event(event) for event in meetings.failures(ctx, ctx.now - window)]


@query
def get_timeline(ctx: QueryCtx, meeting_id: MeetingId, user_id: UserId) -> list[ConnectionEvent]:
    """Return the history of one user's connection in a meeting, the oldest first. For operators."""
    require_operator(ctx)
    return [_event(event) for event in timeline.events(ctx, meeting_id, user_id)]


def _event(event: CallEvent) -> ConnectionEvent:
    return ConnectionEvent.from_row(event)
