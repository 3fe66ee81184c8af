"""The messages between a server and the process that improves a report, as plain values.

A server imports these and nothing that reads a transcript: the rules of languages are loaded by the process alone.
"""

from typing import TypeAlias

import msgspec

from .model_report import ModelReport
from .report import Minutes, Report


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The context of a model, the tokens of an answer, and the language of reports if one is set."""

    context_tokens: int
    output_tokens: int
    language: str | None = None


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A chunk by the positions of its lines: from `first` to before `end`, new from `new` on."""

    first: int
    new: int
    end: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a meeting, the room of a merge, and the tokens of all requests together with their answers."""

    fingerprint: str
    spans: tuple[Span, ...]
    room: int
    tokens: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of one request: a span of lines, or the minutes of parts."""

    span: Span | None = None
    parts: tuple[ModelReport, ...] = ()


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """A request: what a model is told, the JSON that it is shown, and the keys that its answer may name."""

    instructions: str
    data: str
    owners: tuple[str, ...]
    speakers: tuple[str, ...]


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A request, the hash that it is known by, and the state of the meeting that it is about."""

    prompt: Prompt
    hash: str
    fingerprint: str


class Rejected(msgspec.Struct, frozen=True):
    """How many statements were dropped, by the first check that they failed."""

    uncited: int = 0
    ordered: int = 0
    unsaid: int = 0
    empty: int = 0


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an answer that holds: as minutes, and as a report without statistics. `fault` refuses all of it."""

    minutes: ModelReport
    report: Report
    rejected: Rejected
    fault: str | None = None


class PlanRequest(msgspec.Struct, frozen=True, kw_only=True, tag="plan"):
    """Ask for the plan of a meeting."""

    minutes: Minutes
    limits: Limits


class PromptRequest(msgspec.Struct, frozen=True, kw_only=True, tag="prompt"):
    """Ask for the request about a part; `fault` is what was wrong with an earlier answer."""

    minutes: Minutes
    limits: Limits
    part: Part
    fault: str | None = None


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True, tag="check"):
    """Ask for the check of an answer about a part; `source` is the name of the model."""

    minutes: Minutes
    limits: Limits
    part: Part
    answer: ModelReport
    source: str


Request: TypeAlias = PlanRequest | PromptRequest | CheckRequest
