"""The improvement of a report by a model: what is asked, part by part, and what is made of the answers.

Each function takes the whole meeting, because keys, chunks and checks follow from it alone. `fingerprint` tells whether
it is still the meeting that the parts were planned for.
"""

import hashlib

import msgspec

from .chunking import Chunk, chunked
from .evidence import is_in_language
from .grounding import ground
from .keyed import Keyed, Line
from .keying import keyed
from .messages import Checked, CheckRequest, Limits, Part, Plan, PlanRequest, Prepared, PromptRequest, Span
from .model_minutes import report_from
from .requests import chunks_of, map_prompt, merge_prompt, room
from .tokens import estimate


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
