"""Results of the failover functions."""

from connvo.runtime.wire import Result
from connvo.schema.history import ErrorType, Rung
from connvo.schema.meetings import Provider
from connvo.schema.users import UserId


class FailureAdvice(Result, frozen=True, kw_only=True):
    """Advice on a reported failure. `fallback_provider` is set when the room has moved there."""

    success: bool
    fallback_provider: Provider | None = None
    retry_recommended: bool


class Recovery(Result, frozen=True, kw_only=True):
    """A member whose connection failed and has not recovered, and the ladder's last decision. Times in ms.

    `attempts` counts consecutive failures, the first at `since`. `retry_at` is set if the decision asks for a pause.
    `retry_recommended` is false when nothing is left to try.
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
