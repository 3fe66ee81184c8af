"""The port of language models: a task goes out, and a value of the wanted shape or the reason of a failure comes back.

Guarantees:
    Each call ends within its deadline, with an `Answer` whose value has the wanted shape, or with an `LlmError`.
    Neither an error nor a log line quotes what was sent or received.

Does not know:
    Meetings, budgets and retries: a call is made once.
"""

from typing import Any, Generic, Protocol, TypeVar

import msgspec

from connvo.kernel.errors import ServiceUnavailable
from connvo.rules.insights.attempts import CallFailure

from .slots import Slots
from .strict_schema import AnswerShape

T = TypeVar("T")


class Task(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A request to a model. `data` is JSON that the instructions speak about; `deadline` is in seconds from now."""

    instructions: str
    data: str
    schema: AnswerShape[T]
    max_output_tokens: int
    deadline: float


class Answer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The value that a model returned, and the tokens that it counted; None where it counted none."""

    value: T
    tokens_in: int | None = None
    tokens_out: int | None = None


class LlmError(ServiceUnavailable):
    """A model gave no usable answer.

    `retry_after` is the pause in seconds that its server asked for. `fault` says in words of ours what was wrong with
    an answer, for the next try. The tokens are those that the server counted, as a useless answer costs the same.
    """

    def __init__(
        self,
        reason: CallFailure,
        message: str,
        *,
        retry_after: float | None = None,
        fault: str | None = None,
        tokens_in: int | None = None,
        tokens_out: int | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason
        self.retry_after = retry_after
        self.fault = fault
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out
        self.http_status = http_status


class LanguageModel(Protocol):
    """One model of one server. Its `slots` are those of this node."""

    slots: Slots

    async def complete(self, task: Task[Any]) -> Answer[Any]:
        """Return the model's answer to a task.

        Raises:
            LlmError: There is no usable answer.
        """
