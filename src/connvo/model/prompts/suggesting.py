"""Suggestions of a language model: asked for by jobs, checked, and shown among the prompts that rules make.

Requests are prepared and answers checked in a process of their own.

Guarantees:
    Prompts by rules are never waited for and never lost: after any failure there are just no suggestions.
    No call is made without a slot, a model that works, and a budget that spares the report of the meeting.
    A node that dies costs the tokens that its call had reserved, and no second prompt.
"""

from typing import Any

import msgspec
import structlog

from connvo.model.ai import charges, health
from connvo.model.insights.asking_model import ANSWERED, Spent
from connvo.providers.llm.base import LanguageModel, LlmError, Task
from connvo.providers.llm.factory import language_model
from connvo.providers.llm.strict_schema import AnswerShape
from connvo.providers.one_call import ProcessFailed
from connvo.providers.reports import process
from connvo.rules.insights.attempts import CallFailure
from connvo.rules.prompts import openers
from connvo.rules.prompts.suggestion_messages import (
    ANSWER_TOKENS,
    MAX_TOKENS,
    Material,
    SuggestionCheck,
    SuggestionPrompt,
    SuggestionRequest,
    Suggestions,
)
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import every, internal_action, internal_mutation, lasting
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting
from connvo.schema.prompts import Prompt, PromptAsk, PromptAskId
from connvo.schema.transcripts import Segment, SegmentId
from connvo.schema.users import UserId
from connvo.telemetry.instruments import AI_REJECTED, AI_SECONDS

from . import asks, matter, nudging, records
from .matter import Origin

log = structlog.get_logger()
SWEEP_SECONDS = 5.0
BATCH = 20
MS = 1000.0
# The part of a meeting's budget that is left to its report.
REPORT_SHARE = 0.75
CRASHED = "crashed"


class ClaimedAsk(Result, frozen=True, kw_only=True):
    """A claimed call: its material as JSON, and the sources of its facts."""

    ask_id: PromptAskId
    attempt: float
    basis: str
    material: str
    origins: list[Origin]


class Suggestion(Result, frozen=True, kw_only=True):
    """A suggestion that holds: the segments that it cites, and the people on whom it rests."""

    text: str
    cites: list[str]
    people: list[UserId]


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def sweep_asks(ctx: MutationCtx) -> None:
    """End the calls of nodes that died, and have due ones made."""
    for ask in ctx.db.scan(PromptAsk, "by_due", "asking", until=ctx.now, limit=BATCH):
        asks.finish(ctx, ask)
    due = ctx.db.scan(PromptAsk, "by_due", "queued", until=ctx.now, limit=BATCH)
    for _ in due[: ctx.settings.ai.concurrency]:
        ctx.scheduler.run_after(0, suggest)


@lasting(lambda settings: settings.ai.call_seconds + asks.SLACK_SECONDS)
@internal_action
async def suggest(ctx: ActionCtx) -> None:
    """Make one call that is due, if this node has a slot; then have the next one made."""
    model = language_model(ctx.settings.ai)
    if model is None:
        await ctx.run_mutation(claim_ask)
        return
    if not model.slots.take():
        return
    try:
        claimed = await ctx.run_mutation(claim_ask)
        if claimed is not None:
            await _work(ctx, model, claimed)
    finally:
        model.slots.give()
    if claimed is not None:
        await ctx.scheduler.run_after(0, suggest)


@internal_mutation
def claim_ask(ctx: MutationCtx) -> ClaimedAsk | None:
    """Claim the next call that is due, and end those whose moment is over or whose model fails."""
    for ask in ctx.db.scan(PromptAsk, "by_due", "queued", until=ctx.now, limit=BATCH):
        is_possible = asks.is_on(ctx, ask.meeting_id) and health.closed_until(ctx) is None
        found = matter.matter_of(ctx, ask) if is_possible else None
        if found is None:
            asks.finish(ctx, ask)
            continue
        claimed = asks.claim(ctx, ask)
        return ClaimedAsk(
            ask_id=ask.id,
            attempt=claimed.attempt,
            basis=ask.basis,
            material=msgspec.json.encode(found.material).decode(),
            origins=found.origins,
        )
    return None


@internal_mutation
def reserve_ask(ctx: MutationCtx, ask_id: PromptAskId, attempt: float, tokens: int) -> bool:
    """Return whether the call may be made now; it is over if not."""
    ask = asks.find_claimed(ctx, ask_id, attempt)
    if ask is None:
        return False
    spare = int(REPORT_SHARE * ctx.settings.ai.meeting_tokens)
    if health.admit(ctx) and charges.reserve(ctx, ask, tokens, spare) is not None:
        return True
    asks.finish(ctx, ask)
    return False


@internal_mutation
def record_suggestions(
    ctx: MutationCtx, ask_id: PromptAskId, attempt: float, found: list[Suggestion], rejected: int, spent: Spent
) -> None:
    """Settle a call, and show what holds of its answer, if its moment is not over."""
    ask = _settled(ctx, ask_id, attempt, ANSWERED, spent)
    if ask is None:
        return
    health.note_success(ctx)
    if rejected:
        ctx.record(AI_REJECTED, rejected, check="suggestion")
    meeting = ctx.db.get(Meeting, ask.meeting_id)
    if meeting is None or not asks.is_on(ctx, ask.meeting_id):
        return
    if ask.type == "precall":
        _add_ideas(ctx, ask, found)
    elif meeting.state == "active":
        for one in found:
            # Words that were deleted meanwhile are not quoted.
            if all(ctx.db.get(Segment, SegmentId(cite)) is not None for cite in one.cites):
                nudging.show_suggestion(ctx, meeting, one.text, one.cites, list(one.people))


@internal_mutation
def record_no_suggestions(
    ctx: MutationCtx, ask_id: PromptAskId, attempt: float, reason: CallFailure | None = None, spent: Spent | None = None
) -> None:
    """Settle a call that failed; without a reason it was not made."""
    outcome = CRASHED if reason is None else reason
    if _settled(ctx, ask_id, attempt, outcome, spent or Spent()) is not None and reason is not None:
        health.note_failure(ctx, reason)


async def _work(ctx: ActionCtx, model: LanguageModel, claimed: ClaimedAsk) -> None:
    about: dict[str, Any] = {"ask_id": claimed.ask_id, "attempt": claimed.attempt}
    material = msgspec.json.decode(claimed.material, type=Material)
    try:
        prompt = await process.prepare_suggestions(SuggestionRequest(material=material))
        task = task_of(prompt, material, ctx.settings.ai.call_seconds)
        if not await ctx.run_mutation(reserve_ask, **about, tokens=MAX_TOKENS):
            return
        since = ctx.now()
        try:
            answer = await model.complete(task)
        except LlmError as error:
            spent = Spent(tokens_in=error.tokens_in, tokens_out=error.tokens_out, seconds=(ctx.now() - since) / MS)
            await ctx.run_mutation(record_no_suggestions, **about, reason=error.reason, spent=spent)
            return
        spent = Spent(tokens_in=answer.tokens_in, tokens_out=answer.tokens_out, seconds=(ctx.now() - since) / MS)
        checked = await process.check_suggestions(SuggestionCheck(material=material, answer=answer.value))
    except ProcessFailed as error:
        log.error("suggestions_failed", reason=str(error))
        await ctx.run_mutation(record_no_suggestions, **about)
        return
    origins = {origin.key: origin for origin in claimed.origins}
    found = [_suggestion(one.text, [origins[key] for key in one.cites]) for one in checked.kept]
    await ctx.run_mutation(record_suggestions, **about, found=found, rejected=checked.rejected, spent=spent)


def task_of(prompt: SuggestionPrompt, material: Material, deadline: float) -> Task[Suggestions]:
    """Return the task of a request."""
    return Task(
        instructions=prompt.instructions,
        data=prompt.data,
        schema=AnswerShape(Suggestions, "suggestions"),
        max_output_tokens=ANSWER_TOKENS,
        deadline=deadline,
    )


def _suggestion(text: str, origins: list[Origin]) -> Suggestion:
    return Suggestion(
        text=text,
        cites=[origin.segment_id for origin in origins if origin.segment_id is not None],
        people=sorted({person for origin in origins for person in origin.people}),
    )


def _add_ideas(ctx: MutationCtx, ask: PromptAsk, found: list[Suggestion]) -> None:
    """Add a model's ideas to those by rules, beside which they were asked for; there are never more than six."""
    held = records.open_prompts(ctx, ask.meeting_id, "precall")
    if all(one.basis != ask.basis for one in held):
        if held:
            asks.queue(ctx, ask.meeting_id, "precall", held[0].basis or "")
        return
    known = {one.content for one in held}
    room = max(0, openers.MAX_OPENERS - len(held))
    for one in [one for one in found if one.text not in known][:room]:
        prompt = Prompt(
            meeting_id=ask.meeting_id,
            type="precall",
            kind="suggestion",
            content=one.text,
            tags=("suggestion",),
            relevance=openers.RELEVANCE["suggestion"],
            basis=ask.basis,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        records.insert(ctx, prompt, one.people)


def _settled(ctx: MutationCtx, ask_id: PromptAskId, attempt: float, outcome: str, spent: Spent) -> PromptAsk | None:
    """End the current attempt and charge it; return the row, or None if another attempt has taken its place."""
    ask = asks.find_claimed(ctx, ask_id, attempt)
    if ask is None:
        return None
    ctx.record(AI_SECONDS, spent.seconds, outcome=outcome)
    return asks.finish(ctx, ask, spent.tokens_in, spent.tokens_out)
