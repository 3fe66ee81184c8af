"""Suggestions of a language model: asked for by jobs, checked, and shown among the prompts that rules make.

Requests are prepared and answers checked in a process of their own.

Guarantees:
    Prompts by rules are never waited for and never lost: after any failure there are just no suggestions.
    No call is made without a slot, a model that works, and a budget that spares the report of the meeting.
    A node that dies costs the tokens that its call had reserved, and no second prompt.
"""

from typing import TypedDict

import msgspec

from connvo.model.ai import calls, charges, health
from connvo.model.ai.calls import Failure, Spent
from connvo.providers.llm.base import LanguageModel, Task
from connvo.providers.llm.strict_schema import AnswerShape
from connvo.providers.reports import process
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
from connvo.runtime.function import every, internal_action, internal_mutation, lasting, taken_back_by
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting
from connvo.schema.prompts import Prompt, PromptAsk, PromptAskId
from connvo.schema.transcripts import Segment, SegmentId
from connvo.schema.users import UserId
from connvo.telemetry.instruments import AI_REJECTED

from . import asks, matter, nudging, records
from .matter import Origin

SWEEP_SECONDS = 5.0
BATCH = 20
# The part of a meeting's budget that is left to its report.
REPORT_SHARE = 0.75


class Attempt(TypedDict):
    """An attempt of a call, as the arguments that name it."""

    ask_id: PromptAskId
    attempt: float


class ClaimedAsk(Result, frozen=True, kw_only=True):
    """A claimed call: its material as JSON, and the sources of its facts."""

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
    """End the calls that are overdue, and have due ones made."""
    for ask in ctx.db.scan(PromptAsk, "by_due", "asking", until=ctx.now, limit=BATCH):
        asks.finish(ctx, ask)
    _make_calls(ctx, ctx.settings.ai.concurrency)


@internal_mutation
def end_ask(ctx: MutationCtx, ask_id: PromptAskId, attempt: float) -> None:
    """End an attempt that failed, or whose node is gone."""
    ask = asks.find_claimed(ctx, ask_id, attempt)
    if ask is not None:
        asks.finish(ctx, ask)


@taken_back_by(end_ask)
@lasting(lambda settings: settings.ai.call_seconds + asks.SLACK_SECONDS)
@internal_action
async def suggest(ctx: ActionCtx, ask_id: PromptAskId, attempt: float) -> None:
    """Make a call, if this node has a slot; then have the next one that is due made."""
    with calls.free_slot(ctx.settings.ai) as model:
        if model is None:
            return
        claimed = await ctx.run_mutation(claim_ask, ask_id=ask_id, attempt=attempt)
        if claimed is not None:
            await _work(ctx, model, claimed, {"ask_id": ask_id, "attempt": attempt})
    await ctx.run_mutation(make_next_call)


@internal_mutation
def make_next_call(ctx: MutationCtx) -> None:
    """Have the next call that is due made."""
    _make_calls(ctx, 1)


@internal_mutation
def claim_ask(ctx: MutationCtx, ask_id: PromptAskId, attempt: float) -> ClaimedAsk | None:
    """Claim an attempt of a call that is due; None if it was claimed, or its moment is over, or the model fails."""
    ask = ctx.db.get(PromptAsk, ask_id)
    if ask is None or ask.state != "queued" or ask.attempt + 1 != attempt or ask.due_at > ctx.now:
        return None
    is_possible = asks.is_on(ctx, ask.meeting_id) and health.closed_until(ctx) is None
    found = matter.matter_of(ctx, ask) if is_possible else None
    if found is None:
        asks.finish(ctx, ask)
        return None
    asks.claim(ctx, ask)
    return ClaimedAsk(material=msgspec.json.encode(found.material).decode(), origins=found.origins)


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
    ask = asks.find_claimed(ctx, ask_id, attempt)
    if ask is None:
        return
    asks.finish(ctx, calls.settle(ctx, ask, spent))
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
    ctx: MutationCtx, ask_id: PromptAskId, attempt: float, failure: Failure, spent: Spent
) -> None:
    """Settle a call that failed."""
    ask = asks.find_claimed(ctx, ask_id, attempt)
    if ask is not None:
        asks.finish(ctx, calls.settle(ctx, ask, spent, failure.reason))


async def _work(ctx: ActionCtx, model: LanguageModel, claimed: ClaimedAsk, about: Attempt) -> None:
    material = msgspec.json.decode(claimed.material, type=Material)
    prompt = await process.prepare_suggestions(SuggestionRequest(material=material))
    task = task_of(prompt, material, ctx.settings.ai.call_seconds)
    if not await ctx.run_mutation(reserve_ask, **about, tokens=MAX_TOKENS):
        return
    asked = await calls.ask(ctx, model, task)
    if isinstance(asked.answer, Failure):
        await ctx.run_mutation(record_no_suggestions, **about, failure=asked.answer, spent=asked.spent)
        return
    checked = await process.check_suggestions(SuggestionCheck(material=material, answer=asked.answer))
    origins = {origin.key: origin for origin in claimed.origins}
    found = [_suggestion(one.text, [origins[key] for key in one.cites]) for one in checked.kept]
    await ctx.run_mutation(record_suggestions, **about, found=found, rejected=checked.rejected, spent=asked.spent)


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


def _make_calls(ctx: MutationCtx, limit: int) -> None:
    """Have some of the calls that are due made; without a model they are over."""
    for ask in ctx.db.scan(PromptAsk, "by_due", "queued", until=ctx.now, limit=limit):
        if ctx.settings.ai.configured:
            ctx.scheduler.run_after(0, suggest, ask_id=ask.id, attempt=ask.attempt + 1)
        else:
            asks.finish(ctx, ask)
