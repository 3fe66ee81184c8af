"""The dialect of a server: how it wants a request written, learned from its refusals.

Servers differ in a few parameters, and refuse those that they do not know with status 400 or 422. Each refusal changes
one parameter, until the server accepts a request or no change is left.
"""

from typing import Any, Literal, TypeAlias

import msgspec

AnswerFormat: TypeAlias = Literal["json_schema", "json_object", "text"]
FEWER: dict[AnswerFormat, AnswerFormat] = {"json_schema": "json_object", "json_object": "text"}
FORMAT_WORDS = ("response_format", "json_schema", "json_object", "schema", "grammar", "structured", "guided")
OPTION_WORDS = ("stream_options", "include_usage")
CONTEXT_WORDS = ("context_length", "context length", "context size", "maximum context", "too long", "context window")


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a request in which servers differ."""

    length: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    temperature: bool = True
    usage: bool = True
    format: AnswerFormat = "json_schema"


def parameters(dialect: Dialect, max_output_tokens: int, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return those parameters of a request."""
    found: dict[str, Any] = {dialect.length: max_output_tokens}
    if dialect.temperature:
        found["temperature"] = 0
    if dialect.usage:
        found["stream_options"] = {"include_usage": True}
    if dialect.format == "json_schema":
        wanted = {"name": name, "strict": True, "schema": schema}
        found["response_format"] = {"type": "json_schema", "json_schema": wanted}
    elif dialect.format == "json_object":
        found["response_format"] = {"type": "json_object"}
    return found


def is_about_context(refusal: str) -> bool:
    """Return whether a refusal says that the request is longer than the model's context."""
    text = refusal.casefold()
    return any(word in text for word in CONTEXT_WORDS)


def learned(dialect: Dialect, refusal: str) -> Dialect | None:
    """Return the dialect to try after a refusal, or None if nothing is left to change.

    A refusal that names no parameter lowers the format of the answer, which servers know least.
    """
    text = refusal.casefold()
    if dialect.usage and any(word in text for word in OPTION_WORDS):
        return msgspec.structs.replace(dialect, usage=False)
    if dialect.temperature and "temperature" in text:
        return msgspec.structs.replace(dialect, temperature=False)
    if dialect.length == "max_completion_tokens" and "max_completion_tokens" in text:
        return msgspec.structs.replace(dialect, length="max_tokens")
    if dialect.format in FEWER:
        return msgspec.structs.replace(dialect, format=FEWER[dialect.format])
    if any(word in text for word in FORMAT_WORDS) or dialect.length == "max_tokens":
        return None
    return msgspec.structs.replace(dialect, length="max_tokens")
