"""One call of the language model: a slot of this node, the call itself, and its end in the ledger.

A job claims a row, reserves tokens for it, calls, and records the end of the attempt. It does this once: the row knows
whether and when there is another attempt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple, TypeVar

from connvo.kernel.clock import MS
from connvo.providers.llm.base import Answer, LanguageModel, LlmError, Task
from connvo.providers.llm.factory import language_model
from connvo.rules.insights.attempts import CallFailure
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.wire import Result
from connvo.settings import AiSettings
from connvo.telemetry.instruments import AI_SECONDS

from . import charges, health
from .charges import Charged

ANSWERED = "answered"
T = TypeVar("T")


class Spent(Result, frozen=True, kw_only=True):
    """The tokens that a server counted, and the seconds that a call took."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = 0.0


class Failure(Result, frozen=True, kw_only=True):
    """The reason of a failed call, the pause in seconds that its server asked for, and the fault of its answer."""

    reason: CallFailure
    retry_after: float | None = None
    fault: str | None = None


class Asked(NamedTuple, Generic[T]):
    """The answer of a model or its failure, and what the call cost."""

    answer: T | Failure
    spent: Spent


@contextmanager
def free_slot(settings: AiSettings) -> Iterator[LanguageModel | None]:
    """Hold a slot for one call, and yield the model; None if no model is configured, or this node has no slot left."""
    model = language_model(settings)
    if model is None or not model.slots.take():
        yield None
        return
    try:
        yield model
    finally:
        model.slots.give()


async def ask(ctx: ActionCtx, model: LanguageModel, task: Task[T]) -> Asked[T]:
    """Call the model; return its answer or the failure, and the cost."""
    since = ctx.now()
    answer: T | Failure
    counted: Answer[T] | LlmError
    try:
        counted = await model.complete(task)
        answer = counted.value
    except LlmError as error:
        counted = error
        answer = Failure(reason=error.reason, retry_after=error.retry_after, fault=error.fault)
    seconds = (ctx.now() - since) / MS
    return Asked(answer, Spent(tokens_in=counted.tokens_in, tokens_out=counted.tokens_out, seconds=seconds))


def settle(ctx: MutationCtx, charged: Charged, spent: Spent, reason: CallFailure | None = None) -> Charged:
    """Charge a call that was answered, or failed for a reason, and record what it says of the model; return its row."""
    ctx.record(AI_SECONDS, spent.seconds, outcome=reason or ANSWERED)
    if reason is None:
        health.note_success(ctx)
    else:
        health.note_failure(ctx, reason)
    return charges.settle(ctx, charged, spent.tokens_in, spent.tokens_out)
