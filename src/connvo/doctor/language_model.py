"""The check of the language model: address, key, model, obedience to a schema against its prompt, and real context.

It costs about as many tokens as one request about a meeting.
"""

import time
from dataclasses import dataclass
from typing import Any

import msgspec

from connvo.providers.llm.base import Answer, LanguageModel, LlmError, Task
from connvo.providers.llm.factory import language_model
from connvo.providers.llm.strict_schema import AnswerShape
from connvo.rules.insights.attempts import CallFailure
from connvo.settings import AiSettings

from .report import Check, Finding

MODEL = "language model"
CODE = "kiwi-4821"
SMALL_TOKENS = 200
# Room in the context for the instructions and the frame of the data.
FRAME_TOKENS = 400
FILLER = "The meeting goes on and people talk about this and that. "
FILLER_TOKENS = 13
FILLED = 0.85
ADVICE: dict[CallFailure, str] = {
    "unreachable": "start it, or correct CONNVO_AI_URL; its path ends in /v1 for most servers",
    "slow": "raise CONNVO_AI_FIRST_TOKEN_SECONDS and CONNVO_AI_CALL_SECONDS, or use a smaller model",
    "rate_limited": "wait, or raise the limit of the account there",
    "declined": "use a model that does not refuse such a task",
    "unusable": "use a model or a server that can answer in JSON",
    "cut": "raise CONNVO_AI_OUTPUT_TOKENS; a model that reasons first needs more",
    "context_cut": "lower CONNVO_AI_CONTEXT_TOKENS, or raise the context there (for Ollama, num_ctx)",
}
BY_STATUS = {
    401: "CONNVO_AI_KEY is not a key of this server",
    403: "the key in CONNVO_AI_KEY may not use this model",
    404: "there is no such model or path: check CONNVO_AI_MODEL and CONNVO_AI_URL",
}
OTHER_REFUSAL = "check CONNVO_AI_URL and CONNVO_AI_MODEL, and the server's log"
AGAINST_ITS_SCHEMA = "Tell a story about the sea in two sentences of plain prose. Do not use JSON."
READ = "The data is JSON. Return the value of its field `code`."


class Counted(msgspec.Struct, frozen=True):
    """An answer that no story has."""

    number: int
    words: list[str]


class Found(msgspec.Struct, frozen=True):
    """The code in the data."""

    code: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A task, with the time that its answer took, in seconds."""

    answer: Answer[Any] | LlmError
    seconds: float


def model_checks(settings: AiSettings) -> list[Check]:
    """Return the check of the model, if one is configured."""
    model = language_model(settings)
    if model is None:
        return []
    return [Check(MODEL, lambda: model_finding(settings, model), 3 * settings.call_seconds)]


async def model_finding(settings: AiSettings, model: LanguageModel) -> Finding:
    """Return what the model does with a small task, a schema against its prompt, and a full context."""
    name = f"{settings.model} at {settings.url}"
    small = await _ask(model, settings, Found, READ, _data(""))
    if isinstance(small.answer, LlmError):
        return _failure(f"{name}: {small.answer.message}", small.answer)
    filler = FILLER * int(FILLED * _room(settings) / FILLER_TOKENS)
    full = await _ask(model, settings, Found, READ, _data(filler))
    if isinstance(full.answer, LlmError):
        return _failure(f"{name}, with a full context: {full.answer.message}", full.answer)
    seen = f"{name} answers in {small.seconds:.1f} s, and in {full.seconds:.1f} s with a full context"
    if full.answer.value.code != CODE:
        advice = "its context may be smaller than CONNVO_AI_CONTEXT_TOKENS, or the model is too weak to read it"
        return Finding(MODEL, "warning", f"{seen}, of which it did not find the beginning", advice)
    schema = await _ask(model, settings, Counted, AGAINST_ITS_SCHEMA, _data(""))
    if isinstance(schema.answer, LlmError):
        advice = "answers are checked all the same, and more of them refused; a server that enforces schemas is better"
        return Finding(MODEL, "warning", f"{seen}, but is not held to a schema", advice)
    return Finding(MODEL, "ok", f"{seen}, and is held to a schema")


async def _ask(model: LanguageModel, settings: AiSettings, shape: type[Any], instructions: str, data: str) -> _Asked:
    since = time.perf_counter()
    answer: Answer[Any] | LlmError
    try:
        answer = await model.complete(
            Task(
                instructions=instructions,
                data=data,
                schema=AnswerShape(shape, shape.__name__.lower()),
                max_output_tokens=max(SMALL_TOKENS, settings.output_tokens),
                deadline=settings.call_seconds,
            )
        )
    except LlmError as error:
        answer = error
    return _Asked(answer, time.perf_counter() - since)


def _data(filler: str) -> str:
    return msgspec.json.encode({"code": CODE, "text": filler}).decode()


def _room(settings: AiSettings) -> int:
    """Return the tokens of filler that fill the context as a request about a meeting does."""
    return settings.context_tokens - settings.output_tokens - FRAME_TOKENS


def _failure(says: str, error: LlmError) -> Finding:
    advice = ADVICE.get(error.reason) or BY_STATUS.get(error.http_status or 0, OTHER_REFUSAL)
    return Finding(MODEL, "failed", says, advice)
