"""The improvement of a report by a model: what is asked, part by part, and what is made of the answers.

Each function takes the whole meeting, because keys, chunks and checks follow from it alone. `fingerprint` tells whether
it is still the meeting that the parts were planned for.
"""

import hashlib
from typing import TypeAlias

import msgspec

from .chunking import OVERLAP, Chunk, chunked
from .evidence import is_in_language
from .grounding import Rejected, ground
from .keyed import Keyed, Line, keyed
from .model_minutes import report_from
from .model_report import ModelReport
from .report import Minutes, Report
from .requests import Prompt, chunks_of, map_prompt, merge_prompt, room
from .tokens import estimate


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


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A request, the hash that it is known by, and the state of the meeting that it is about."""

    prompt: Prompt
    hash: str
    fingerprint: str


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


def plan(request: PlanRequest) -> Plan:
    """Return the parts of a meeting for a model."""
    limits = request.limits
    material = keyed(request.minutes, limits.language)
    chunks = chunks_of(material, limits.context_tokens, limits.output_tokens)
    spans: list[Span] = []
    end = tokens = 0
    for chunk in chunks:
        new, end = end, end + len(chunk.lines) - chunk.repeated
        spans.append(Span(new - chunk.repeated, new, end))
        prompt = map_prompt(material, chunk)
        tokens += estimate(prompt.instructions, prompt.data) + limits.output_tokens
    return Plan(
        fingerprint=fingerprint(material),
        spans=tuple(spans),
        room=room(material, limits.context_tokens, limits.output_tokens),
        tokens=tokens,
    )


def prepare(request: PromptRequest) -> Prepared:
    """Return the request about a part."""
    material = keyed(request.minutes, request.limits.language)
    span = request.part.span
    if span is None:
        first, prompt = (merge_prompt(material, list(request.part.parts), fault) for fault in (None, request.fault))
    else:
        chunk = Chunk(_fitting(material, span, request.limits), span.new - span.first)
        first, prompt = (map_prompt(material, chunk, fault) for fault in (None, request.fault))
    digest = hashlib.sha256(f"{first.instructions}\n{first.data}".encode()).hexdigest()
    return Prepared(prompt=prompt, hash=digest, fingerprint=fingerprint(material))


def check(request: CheckRequest) -> Checked:
    """Return what holds of an answer."""
    material = keyed(request.minutes, request.limits.language)
    grounded = ground(request.answer, material, _shown(material, request.part))
    fault = None
    if not is_in_language(request.answer.texts, material.language):
        fault = "The answer was not in the language that was asked for."
    elif grounded.report.is_empty and not request.answer.is_empty:
        fault = "No statement was supported by the lines that it cited."
    return Checked(
        minutes=grounded.report,
        report=report_from(grounded.report, request.minutes, material, request.source),
        rejected=grounded.rejected,
        fault=fault,
    )


def halved(span: Span) -> tuple[Span, ...]:
    """Return a span in two, or as it is if it has a single new line. The second half repeats few lines of the first."""
    new = span.end - span.new
    if new < 2:
        return (span,)
    middle = span.new + new // 2
    return Span(span.first, span.new, middle), Span(middle - min(OVERLAP, new // 4), middle, span.end)


def fingerprint(material: Keyed) -> str:
    """Return a hash of the people and lines of a meeting."""
    return hashlib.sha256(msgspec.json.encode(material)).hexdigest()


def _shown(material: Keyed, part: Part) -> set[str]:
    """Return the keys of the lines that a request shows, or that its parts cite."""
    if part.span is not None:
        return {line.key for line in material.lines[part.span.first : part.span.end]}
    return {
        key
        for one in part.parts
        for items in (one.overview, one.topics, one.decisions, one.actions, one.questions)
        for item in items
        for key in item.cites
    }


def _fitting(material: Keyed, span: Span, limits: Limits) -> tuple[Line, ...]:
    """Return the lines of a span; a single one that is longer than the room is cut as in the plan."""
    lines = material.lines[span.first : span.end]
    if len(lines) > 1:
        return lines
    return chunked(lines, room(material, limits.context_tokens, limits.output_tokens))[0].lines
