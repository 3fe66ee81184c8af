"""Any server with the OpenAI protocol of chat completions, through the `openai` SDK, which is an extra.

Guarantees:
    Those of `base`.
    A call is streamed, never repeated by the SDK, and bounded in bytes and time, whatever the server sends.

Does not know:
    Environment variables of the SDK: address, key and organisation come from the settings alone.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import openai
import structlog

from connvo.kernel.http_client import web_client
from connvo.rules.insights.attempts import CallFailure
from connvo.rules.insights.tokens import is_cut
from connvo.settings.ai import AiSettings

from .answer_text import AnswerFault, AnswerText
from .base import Answer, LlmError, Task
from .bounded_transport import BoundedTransport, ResponseTooLarge
from .dialect import Dialect, is_about_context, learned
from .request import request_body
from .slots import Slots

log = structlog.get_logger()

WHO = "The language model"
CONNECT_SECONDS = 10.0
# A token of an answer takes some hundred bytes on the wire. Error pages are bounded by the same limit.
MAX_WIRE_BYTES = 8 * 1024 * 1024
MAX_DIALECTS = 6
BAD_REQUEST, UNPROCESSABLE, TOO_MANY, TOO_LARGE, SERVER_ERROR, TIMED_OUT = 400, 422, 429, 413, 500, 408
NO_KEY = "none"

# The SDK's own lines may quote requests.
for _name in ("openai", "openai._base_client"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


class OpenAiCompatible:
    """A model at a server. No connection is kept, so there is nothing to close."""

    def __init__(self, settings: AiSettings) -> None:
        assert settings.url is not None and settings.model is not None
        self._settings = settings
        self._model = settings.model
        self.slots = Slots(settings.concurrency)
        self.dialect = Dialect()
        idle = max(settings.first_token_seconds, settings.idle_seconds)
        self._client = openai.AsyncOpenAI(
            base_url=settings.url,
            api_key=settings.key or NO_KEY,
            organization="",
            project="",
            max_retries=0,
            timeout=openai.Timeout(idle, connect=CONNECT_SECONDS),
            http_client=web_client(transport=BoundedTransport(MAX_WIRE_BYTES), follow_redirects=False),
        )

    async def complete(self, task: Task[Any]) -> Answer[Any]:
        """Return the model's answer, after learning the server's dialect where that is needed.

        Raises:
            LlmError: There is no usable answer.
        """
        async with _errors(task.deadline):
            dialect = self.dialect
            for _ in range(MAX_DIALECTS):
                try:
                    answer = await self._ask(task, dialect)
                except openai.APIStatusError as error:
                    changed = learned(dialect, _refusal(error)) if _is_dialect(error) else None
                    if changed is None:
                        raise
                    dialect = changed
                    continue
                if dialect != self.dialect:
                    log.info("llm_dialect_learned", **msgspec.structs.asdict(dialect))
                    self.dialect = dialect
                return answer
        raise LlmError("refused", f"{WHO} refused every form of the request")

    async def _ask(self, task: Task[Any], dialect: Dialect) -> Answer[Any]:
        stream = await self._client.chat.completions.create(**request_body(self._model, task, dialect))
        async with stream:
            heard = _Heard()
            try:
                async for chunk in self._within_patience(stream, heard):
                    heard.add(chunk)
            except AnswerFault as fault:
                raise heard.error("unusable", str(fault)) from None
        return heard.answer(task)

    async def _within_patience(self, stream: Any, heard: "_Heard") -> AsyncIterator[Any]:
        """Yield the chunks of a stream, as long as the first text and each further chunk come in time."""
        loop = asyncio.get_running_loop()
        first_by = loop.time() + self._settings.first_token_seconds
        chunks = aiter(stream)
        while True:
            until = first_by if heard.text.bytes == 0 else loop.time() + self._settings.idle_seconds
            async with asyncio.timeout_at(until):
                try:
                    chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
            yield chunk


class _Heard:
    """The stream of an answer so far."""

    def __init__(self) -> None:
        self.text = AnswerText()
        self.refused = False
        self.finish: str | None = None
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None

    def add(self, chunk: Any) -> None:
        """Add a chunk; its fields may be missing, or of another type than the protocol's."""
        usage = getattr(chunk, "usage", None)
        if usage is not None:
            self.tokens_in = _count(getattr(usage, "prompt_tokens", None))
            self.tokens_out = _count(getattr(usage, "completion_tokens", None))
        choices = getattr(chunk, "choices", None)
        if not isinstance(choices, list) or not choices:
            return
        delta = getattr(choices[0], "delta", None)
        piece = getattr(delta, "content", None)
        if isinstance(piece, str):
            self.text.add(piece)
        if getattr(delta, "refusal", None):
            self.refused = True
        self.finish = getattr(choices[0], "finish_reason", None) or self.finish

    def answer(self, task: Task[Any]) -> Answer[Any]:
        """Return the answer.

        Raises:
            LlmError: It is incomplete, refused, or has another shape.
        """
        if is_cut(task.data, self.tokens_in):
            raise self.error("context_cut", f"{WHO} has not read all of the input: its context is smaller than set")
        if self.refused or self.finish == "content_filter":
            raise self.error("declined", f"{WHO} declined the task")
        if self.finish is None:
            raise self.error("unreachable", f"{WHO} broke off its answer")
        if self.finish == "length":
            raise self.error("cut", f"{WHO} reached its limit before the end of its answer")
        try:
            value = task.schema.read(self.text.json())
        except AnswerFault as fault:
            raise self.error("unusable", str(fault)) from None
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise self.error("unusable", _fault_of(error)) from None
        return Answer(value=value, tokens_in=self.tokens_in, tokens_out=self.tokens_out)

    def error(self, reason: CallFailure, message: str) -> LlmError:
        """Return an error with the tokens that were counted; the message of an unusable answer is its fault."""
        fault = message if reason == "unusable" else None
        return LlmError(reason, message, fault=fault, tokens_in=self.tokens_in, tokens_out=self.tokens_out)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _fault_of(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        # Names types and fields of our schema, never a value.
        return f"The answer did not match the schema: {error}."
    return "The answer was not JSON."


def _is_dialect(error: openai.APIStatusError) -> bool:
    return error.status_code in (BAD_REQUEST, UNPROCESSABLE) and not is_about_context(_refusal(error))


def _refusal(error: openai.APIStatusError) -> str:
    return f"{error.param or ''} {error.code or ''} {error.message}"


@asynccontextmanager
async def _errors(seconds: float) -> AsyncIterator[None]:
    """Log each failure in the block, without what was said, and raise it as an error of the port.

    Raises:
        LlmError: The SDK raised an error, or the block took longer than `seconds`.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except LlmError as error:
        log.warning("llm_failed", code=error.reason)
        raise
    except Exception as error:
        found = _error_of(error)
        log.warning("llm_failed", code=found.reason, error=type(error).__name__, status=found.http_status)
        raise found from None


def _error_of(error: Exception) -> LlmError:
    cause = error.__cause__
    match error:
        case TimeoutError() | openai.APITimeoutError():
            return LlmError("slow", f"{WHO} did not answer in time")
        case openai.APIStatusError():
            return _status_error(error)
        case _ if isinstance(error, ResponseTooLarge) or isinstance(cause, ResponseTooLarge):
            return LlmError("unusable", f"{WHO} sent too much", fault="The answer was far too long.")
    # A lost connection, an error inside the stream, or a stream that is cut in the middle of a line or a character.
    return LlmError("unreachable", f"{WHO} cannot be reached, or broke off its answer")


def _status_error(error: openai.APIStatusError) -> LlmError:
    status = error.status_code
    if status == TOO_MANY:
        return LlmError(
            "rate_limited",
            f"{WHO} accepts no more requests for now",
            retry_after=_retry_after(error),
            http_status=status,
        )
    if status == TIMED_OUT or status >= SERVER_ERROR:
        return LlmError("unreachable", f"{WHO} failed", retry_after=_retry_after(error), http_status=status)
    if status == TOO_LARGE or (status in (BAD_REQUEST, UNPROCESSABLE) and is_about_context(_refusal(error))):
        return LlmError("context_cut", f"{WHO} takes less input than CONNVO_AI_CONTEXT_TOKENS says", http_status=status)
    return LlmError("refused", f"{WHO} refused the request", http_status=status)


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Return the pause in seconds that a server asked for; a date is not read, as clocks differ."""
    text = error.response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
