"""The messages between a server and the process that prepares and checks suggestions, as plain values.

A server imports these and nothing that reads a text: the rules of languages are loaded by the process alone.
"""

from typing import Literal, TypeAlias

import msgspec

Moment: TypeAlias = Literal["precall", "incall"]

MAX_TOKENS = 1_500
ANSWER_TOKENS = 220


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """An entry as a model sees it: its key, its kind or the key of its speaker, and its text."""

    key: str
    kind: str
    text: str


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """The material of suggestions. `names` are those of the members, which stay here; `language` is a set one."""

    moment: Moment
    facts: tuple[Fact, ...]
    names: tuple[str, ...] = ()
    language: str | None = None


class Suggested(msgspec.Struct, frozen=True):
    """A question, and the keys of the facts that it rests on."""

    text: str
    cites: list[str] = []


class Suggestions(msgspec.Struct, frozen=True):
    """The answer of a model."""

    suggestions: list[Suggested]


class SuggestionRequest(msgspec.Struct, frozen=True, kw_only=True, tag="suggest"):
    """Ask for the request about a moment."""

    material: Material


class SuggestionPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """A request: what a model is told, and the JSON that it is shown."""

    instructions: str
    data: str


class SuggestionCheck(msgspec.Struct, frozen=True, kw_only=True, tag="check_suggestions"):
    """Ask for the check of an answer."""

    material: Material
    answer: Suggestions


class CheckedSuggestions(msgspec.Struct, frozen=True, kw_only=True):
    """The suggestions that hold, and how many did not."""

    kept: tuple[Suggested, ...]
    rejected: int
