"""The work on steps of a language model: one step at a time in each slot of a node.

The meeting is read again for each step; requests are prepared and answers checked in a process of their own.

Guarantees:
    No call is made without a slot, an open budget and a model that works, nor for a meeting that has changed.
    The same request about a meeting is not sent again once its answer is stored.
"""

from typing import TypedDict

import msgspec

from connvo.model.ai import calls, charges, health
from connvo.model.ai.calls import Failure, Spent
from connvo.providers.llm.base import LanguageModel, Task
from connvo.providers.llm.strict_schema import AnswerShape
from connvo.providers.reports import process
from connvo.rules.insights.messages import Checked, CheckRequest, Limits, Plan, PlanRequest, Prompt, PromptRequest
from connvo.rules.insights.model_report import ModelReport
from connvo.rules.insights.report import Minutes, Report
from connvo.rules.insights.tokens import estimate
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import every, internal_action, internal_mutation, lasting, taken_back_by
from connvo.runtime.wire import Result
from connvo.schema.insights import InsightRun, InsightStep, InsightStepId
from connvo.schema.meetings import MeetingId
from connvo.settings import Settings
from connvo.settings.ai import AUTO
from connvo.telemetry.instruments import AI_REJECTED

from . import improvement, pipeline, reading, runs, steps
from .improvement import StepInput, StepKind

SWEEP_SECONDS = 5.0
BATCH = 20


class Attempt(TypedDict):
    """An attempt of a step, as the arguments that name it."""

    step_id: InsightStepId
    attempt: float


class Claimed(Result, frozen=True, kw_only=True):
    """A claimed step: its kind, what it is about as JSON, and the state of the meeting that it was planned for."""

    kind: StepKind
    content: str
    fingerprint: str = ""


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def sweep_model(ctx: MutationCtx) -> None:
    """Take back the steps that are overdue, and have due ones worked on."""
    for step in ctx.db.scan(InsightStep, "by_due", "asking", until=ctx.now, limit=BATCH):
        improvement.lost(ctx, step)
    if ctx.settings.ai.configured:
        _work_on(ctx, ctx.settings.ai.concurrency)
        return
    for step in ctx.db.scan(InsightStep, "by_due", "queued", until=ctx.now, limit=BATCH):
        run = runs.find(ctx, step.meeting_id)
        if run is not None and improvement.is_current(run, step):
            improvement.end(ctx, run, None)


@internal_mutation
def take_back(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> None:
    """Take back an attempt that failed, or whose node is gone, and have what is due worked on."""
    step = steps.find_claimed(ctx, step_id, attempt)
    if step is not None:
        improvement.lost(ctx, step)
        _work_on(ctx, 1)


@taken_back_by(take_back)
@lasting(lambda settings: settings.ai.call_seconds + improvement.SLACK_SECONDS)
@internal_action
async def improve(ctx: ActionCtx, step_id: InsightStepId, attempt: float) -> None:
    """Work on a step, if this node has a slot; then have the next one that is due worked on."""
    with calls.free_slot(ctx.settings.ai) as model:
        if model is None:
            return
        claimed = await ctx.run_mutation(claim_step, step_id=step_id, attempt=attempt)
        if claimed is not None:
            await _work(ctx, model, claimed, {"step_id": step_id, "attempt": attempt})
    await ctx.run_mutation(work_on_next)


@internal_mutation
def work_on_next(ctx: MutationCtx) -> None:
    """Have the next step that is due worked on."""
    _work_on(ctx, 1)


@internal_mutation
def claim_step(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> Claimed | None:
    """Claim an attempt of a step that is due; return None if it is not, or was claimed, or no run waits for it."""
    step = ctx.db.get(InsightStep, step_id)
    if step is None or step.state != "queued" or step.attempt + 1 != attempt or step.due_at > ctx.now:
        return None
    run = runs.find(ctx, step.meeting_id)
    if run is None or not improvement.is_current(run, step):
        ctx.db.patch(step, state="failed", because="stale")
        return None
    kind = improvement.kind_of(step)
    if kind in ("map", "merge") and improvement.waits(ctx, run, step):
        return None
    plan = improvement.plan_of(ctx, run)
    improvement.claim(ctx, step)
    return Claimed(kind=kind, content=step.input or "{}", fingerprint="" if plan is None else plan.fingerprint)


@internal_mutation
def reserve_call(ctx: MutationCtx, step_id: InsightStepId, attempt: float, tokens: int, input_hash: str) -> bool:
    """Return whether the call of a step may be made now; if its answer is stored already, use it."""
    step, run = _current(ctx, step_id, attempt)
    if step is None or run is None:
        return False
    step = ctx.db.patch(step, input_hash=input_hash)
    known = _answer_to(ctx, step.meeting_id, input_hash)
    if known is not None:
        improvement.answered(ctx, run, step, known)
        return False
    if not health.admit(ctx):
        ctx.db.patch(step, state="queued", due_at=health.closed_until(ctx) or ctx.now)
        return False
    if charges.reserve(ctx, step, tokens) is None:
        improvement.end(ctx, run, "budget")
        return False
    return True


@internal_mutation
def record_plan(ctx: MutationCtx, step_id: InsightStepId, attempt: float, plan: str) -> None:
    """Record the plan of the current attempt."""
    step, run = _current(ctx, step_id, attempt)
    if step is not None and run is not None:
        improvement.planned(ctx, run, step, msgspec.json.decode(plan, type=Plan))


@internal_mutation
def record_answer(
    ctx: MutationCtx, step_id: InsightStepId, attempt: float, answer: str, rejected: dict[str, int], spent: Spent
) -> None:
    """Settle a call and record its checked minutes."""
    step = steps.find_claimed(ctx, step_id, attempt)
    if step is None:
        return
    step = calls.settle(ctx, step, spent)
    for check, count in rejected.items():
        if count:
            ctx.record(AI_REJECTED, count, check=check)
    run = runs.find(ctx, step.meeting_id)
    if run is not None and improvement.is_current(run, step):
        improvement.answered(ctx, run, step, answer)


@internal_mutation
def record_failure(ctx: MutationCtx, step_id: InsightStepId, attempt: float, failure: Failure, spent: Spent) -> None:
    """Settle a failed call, and do what follows from its reason."""
    step = steps.find_claimed(ctx, step_id, attempt)
    if step is None:
        return
    step = calls.settle(ctx, step, spent, failure.reason)
    run = runs.find(ctx, step.meeting_id)
    if run is not None and improvement.is_current(run, step):
        improvement.failed(ctx, run, step, failure)


@internal_mutation
def record_improved(ctx: MutationCtx, step_id: InsightStepId, attempt: float, report: str) -> None:
    """Store a model's report as the next revision, and the insights that follow from it."""
    step, run = _current(ctx, step_id, attempt)
    if step is None or run is None:
        return
    stored = improvement.improved(ctx, run, step, msgspec.json.decode(report, type=Report))
    if stored is not None:
        ctx.scheduler.run_after(0, pipeline.write_insights, meeting_id=stored.meeting_id, revision=stored.revision)


@internal_mutation
def begin_again(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> None:
    """Make the whole report again: the meeting is no longer as it was when its steps were planned."""
    step, run = _current(ctx, step_id, attempt)
    if step is not None and run is not None:
        improvement.end(ctx, run, None)
        runs.begin(ctx, run.meeting_id, "queued", ctx.now)
        ctx.scheduler.run_after(0, pipeline.sweep)


async def _work(ctx: ActionCtx, model: LanguageModel, claimed: Claimed, about: Attempt) -> None:
    """Do the work of a step; one whose process fails is taken back, as this call fails then."""
    head = await ctx.run_query(reading.minutes_head, **about)
    if head is None:
        return
    minutes = await reading.read_minutes(ctx, head)
    match claimed.kind:
        case "plan":
            plan = await process.plan(PlanRequest(minutes=minutes, limits=limits_of(ctx.settings)))
            await ctx.run_mutation(record_plan, **about, plan=msgspec.json.encode(plan).decode())
        case "report":
            await _write(ctx, claimed, about, minutes)
        case _:
            await _call(ctx, model, claimed, about, minutes)


async def _call(ctx: ActionCtx, model: LanguageModel, claimed: Claimed, about: Attempt, minutes: Minutes) -> None:
    content = msgspec.json.decode(claimed.content, type=StepInput)
    prepared = await process.prepare(
        PromptRequest(minutes=minutes, limits=limits_of(ctx.settings), part=content.part, fault=content.fault)
    )
    if prepared.fingerprint != claimed.fingerprint:
        await ctx.run_mutation(begin_again, **about)
        return
    task = task_of(prepared.prompt, ctx.settings)
    if not await ctx.run_mutation(reserve_call, **about, tokens=tokens_of(task), input_hash=prepared.hash):
        return
    asked = await calls.ask(ctx, model, task)
    if isinstance(asked.answer, Failure):
        await ctx.run_mutation(record_failure, **about, failure=asked.answer, spent=asked.spent)
        return
    checked = await _checked(ctx, minutes, content, asked.answer)
    if checked.fault is not None:
        failure = Failure(reason="unusable", fault=checked.fault)
        await ctx.run_mutation(record_failure, **about, failure=failure, spent=asked.spent)
        return
    answer, rejected = msgspec.json.encode(checked.minutes).decode(), msgspec.structs.asdict(checked.rejected)
    await ctx.run_mutation(record_answer, **about, answer=answer, rejected=rejected, spent=asked.spent)


async def _write(ctx: ActionCtx, claimed: Claimed, about: Attempt, minutes: Minutes) -> None:
    """Check the minutes of the whole meeting once more, and store them as its report."""
    content = msgspec.json.decode(claimed.content, type=StepInput)
    [found] = content.part.parts
    checked = await _checked(ctx, minutes, content, found)
    await ctx.run_mutation(record_improved, **about, report=msgspec.json.encode(checked.report).decode())


async def _checked(ctx: ActionCtx, minutes: Minutes, content: StepInput, answer: ModelReport) -> Checked:
    request = CheckRequest(
        minutes=minutes,
        limits=limits_of(ctx.settings),
        part=content.part,
        answer=answer,
        source=ctx.settings.ai.model or "",
    )
    return await process.check(request)


def limits_of(settings: Settings) -> Limits:
    """Return the limits of the configured model."""
    ai = settings.ai
    language = None if ai.language == AUTO else ai.language
    return Limits(context_tokens=ai.context_tokens, output_tokens=ai.output_tokens, language=language)


def task_of(prompt: Prompt, settings: Settings) -> Task[ModelReport]:
    """Return the task of a request, with the names that its answer may use."""
    return Task(
        instructions=prompt.instructions,
        data=prompt.data,
        schema=AnswerShape(ModelReport, "minutes", {"owner": prompt.owners, "asked_by": prompt.speakers}),
        max_output_tokens=settings.ai.output_tokens,
        deadline=settings.ai.call_seconds,
    )


def tokens_of(task: Task[ModelReport]) -> int:
    """Return the tokens to reserve for a task."""
    schema = msgspec.json.encode(task.schema.schema).decode()
    return estimate(task.instructions, schema, task.data) + task.max_output_tokens


def _work_on(ctx: MutationCtx, limit: int) -> None:
    """Have some of the steps that are due worked on."""
    for step in ctx.db.scan(InsightStep, "by_due", "queued", until=ctx.now, limit=limit):
        ctx.scheduler.run_after(0, improve, step_id=step.id, attempt=step.attempt + 1)


def _current(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> tuple[InsightStep | None, InsightRun | None]:
    """Return a step and its run, if both wait for this attempt."""
    step = steps.find_claimed(ctx, step_id, attempt)
    run = None if step is None else runs.find(ctx, step.meeting_id)
    return (step, run) if step is not None and improvement.is_current(run, step) else (None, None)


def _answer_to(ctx: MutationCtx, meeting_id: MeetingId, input_hash: str) -> str | None:
    """Return the stored answer to a request about a meeting."""
    found = ctx.db.scan(InsightStep, "by_hash", meeting_id, input_hash, limit=BATCH)
    return next((step.output for step in found if step.state == "done" and step.output is not None), None)
