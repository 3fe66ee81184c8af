"""Results of the history functions."""

from connvo.runtime.wire import Result
from connvo.schema.history import CallEventKind, ErrorType, Rung
from connvo.schema.meetings import Provider


class TimelineEntry(Result, frozen=True, kw_only=True):
    """An event of a connection. `seconds_to_recover` counts from the first failure before it."""

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
