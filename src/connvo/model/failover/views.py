"""What the functions about failed connections give back."""

from connvo.runtime.wire import Result
from connvo.schema.history import ErrorType, Rung
from connvo.schema.meetings import Provider
from connvo.schema.users import UserId


class FailureAdvice(Result, frozen=True, kw_only=True):
    """What to do now. `fallback_provider` is set when the room has moved there."""

    success: bool
    fallback_provider: Provider | None = None
    retry_recommended: bool


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
