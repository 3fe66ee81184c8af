"""The work on steps of a language model: one step at a time in each slot of a node.

The meeting is read again for each step; requests are prepared and answers checked in a process of their own.

Guarantees:
    No call is made without a slot, an open budget and a model that works, nor for a meeting that has changed.
    The same request about a meeting is not sent again once its answer is stored.
"""

import msgspec
import structlog

from connvo.model.ai import charges, health
from connvo.providers.llm.base import LanguageModel, LlmError, Task
from connvo.providers.llm.factory import language_model
from connvo.providers.llm.strict_schema import AnswerShape
from connvo.providers.one_call import ProcessFailed
from connvo.providers.reports import process
from connvo.rules.insights.attempts import CallFailure
from connvo.rules.insights.messages import Checked, CheckRequest, Limits, Plan, PlanRequest, Prompt, PromptRequest
from connvo.rules.insights.model_report import ModelReport
from connvo.rules.insights.report import Minutes, Report
from connvo.rules.insights.tokens import estimate
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import every, internal_action, internal_mutation, lasting
from connvo.runtime.wire import Result
from connvo.schema.insights import InsightRun, InsightStep, InsightStepId
from connvo.schema.meetings import MeetingId
from connvo.settings import Settings
from connvo.settings.ai import AUTO
from connvo.telemetry.instruments import AI_REJECTED, AI_SECONDS

from . import improvement, pipeline, reading, runs, steps
from .improvement import StepInput, StepKind

log = structlog.get_logger()
SWEEP_SECONDS = 5.0
BATCH = 20
MS = 1000.0
ANSWERED = "answered"


class Claimed(Result, frozen=True, kw_only=True):
    """A claimed step: its kind, what it is about as JSON, and the state of the meeting that it was planned for."""

    step_id: InsightStepId
    attempt: float
    kind: StepKind
    content: str
    fingerprint: str = ""


class Spent(Result, frozen=True, kw_only=True):
    """The tokens that a server counted, and the seconds that a call took."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = 0.0


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def sweep_model(ctx: MutationCtx) -> None:
    """Take back the steps of nodes that died, and have due ones worked on."""
    for step in ctx.db.scan(InsightStep, "by_due", "asking", until=ctx.now, limit=BATCH):
        improvement.lost(ctx, step)
    due = ctx.db.scan(InsightStep, "by_due", "queued", until=ctx.now, limit=BATCH)
    if ctx.settings.ai.configured:
        for _ in due[: ctx.settings.ai.concurrency]:
            ctx.scheduler.run_after(0, improve)
        return
    for step in due:
        run = runs.find(ctx, step.meeting_id)
        if run is not None and improvement.is_current(run, step):
            improvement.end(ctx, run, None)


@lasting(lambda settings: settings.ai.call_seconds + improvement.SLACK_SECONDS)
@internal_action
async def improve(ctx: ActionCtx) -> None:
    """Work on one step that is due, if this node has a slot; then have the next one worked on."""
    model = language_model(ctx.settings.ai)
    if model is None or not model.slots.take():
        return
    try:
        claimed = await ctx.run_mutation(claim_step)
        if claimed is not None:
            await _work(ctx, model, claimed)
    finally:
        model.slots.give()
    if claimed is not None:
        await ctx.scheduler.run_after(0, improve)


@internal_mutation
def claim_step(ctx: MutationCtx) -> Claimed | None:
    """Claim the next step that is due, and end those that no run waits for."""
    for step in ctx.db.scan(InsightStep, "by_due", "queued", until=ctx.now, limit=BATCH):
        run = runs.find(ctx, step.meeting_id)
        if run is None or not improvement.is_current(run, step):
            ctx.db.patch(step, state="failed", because="stale")
            continue
        kind = improvement.kind_of(step)
        if kind in ("map", "merge") and improvement.waits(ctx, run, step):
            continue
        plan = improvement.plan_of(ctx, run)
        claimed = improvement.claim(ctx, step)
        return Claimed(
            step_id=step.id,
            attempt=claimed.attempt,
            kind=kind,
            content=step.input or "{}",
            fingerprint="" if plan is None else plan.fingerprint,
        )
    return None


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
    step = _settled(ctx, step_id, attempt, ANSWERED, spent)
    if step is None:
        return
    health.note_success(ctx)
    for check, count in rejected.items():
        if count:
            ctx.record(AI_REJECTED, count, check=check)
    run = runs.find(ctx, step.meeting_id)
    if run is not None and improvement.is_current(run, step):
        improvement.answered(ctx, run, step, answer)


@internal_mutation
def record_failure(
    ctx: MutationCtx,
    step_id: InsightStepId,
    attempt: float,
    reason: CallFailure,
    spent: Spent,
    retry_after: float | None = None,
    fault: str | None = None,
) -> None:
    """Settle a failed call, and do what follows from its reason."""
    step = _settled(ctx, step_id, attempt, reason, spent)
    if step is None:
        return
    health.note_failure(ctx, reason)
    run = runs.find(ctx, step.meeting_id)
    if run is not None and improvement.is_current(run, step):
        improvement.failed(ctx, run, step, reason, retry_after, fault)


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
def repeat_step(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> None:
    """Take back an attempt whose process failed."""
    step = steps.find_claimed(ctx, step_id, attempt)
    if step is not None:
        improvement.lost(ctx, step)


@internal_mutation
def begin_again(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> None:
    """Make the whole report again: the meeting is no longer as it was when its steps were planned."""
    step, run = _current(ctx, step_id, attempt)
    if step is not None and run is not None:
        improvement.end(ctx, run, None)
        runs.begin(ctx, run.meeting_id, "queued", ctx.now)
        ctx.scheduler.run_after(0, pipeline.sweep)


async def _work(ctx: ActionCtx, model: LanguageModel, claimed: Claimed) -> None:
    step_id, attempt = claimed.step_id, claimed.attempt
    head = await ctx.run_query(reading.minutes_head, step_id=step_id, attempt=attempt)
    if head is None:
        return
    minutes = await reading.read_minutes(ctx, head)
    try:
        match claimed.kind:
            case "plan":
                plan = await process.plan(PlanRequest(minutes=minutes, limits=limits_of(ctx.settings)))
                await ctx.run_mutation(
                    record_plan, step_id=step_id, attempt=attempt, plan=msgspec.json.encode(plan).decode()
                )
            case "report":
                await _write(ctx, claimed, minutes)
            case _:
                await _call(ctx, model, claimed, minutes)
    except ProcessFailed as error:
        log.error("improvement_failed", reason=str(error))
        await ctx.run_mutation(repeat_step, step_id=step_id, attempt=attempt)


async def _call(ctx: ActionCtx, model: LanguageModel, claimed: Claimed, minutes: Minutes) -> None:
    step_id, attempt = claimed.step_id, claimed.attempt
    content = msgspec.json.decode(claimed.content, type=StepInput)
    limits = limits_of(ctx.settings)
    prepared = await process.prepare(
        PromptRequest(minutes=minutes, limits=limits, part=content.part, fault=content.fault)
    )
    if prepared.fingerprint != claimed.fingerprint:
        await ctx.run_mutation(begin_again, step_id=step_id, attempt=attempt)
        return
    task = task_of(prepared.prompt, ctx.settings)
    tokens = tokens_of(task)
    if not await ctx.run_mutation(
        reserve_call, step_id=step_id, attempt=attempt, tokens=tokens, input_hash=prepared.hash
    ):
        return
    since = ctx.now()
    try:
        answer = await model.complete(task)
    except LlmError as error:
        await _record_error(ctx, claimed, error, (ctx.now() - since) / MS)
        return
    spent = Spent(tokens_in=answer.tokens_in, tokens_out=answer.tokens_out, seconds=(ctx.now() - since) / MS)
    checked = await _checked(ctx, minutes, content, answer.value)
    if checked.fault is not None:
        await ctx.run_mutation(
            record_failure, step_id=step_id, attempt=attempt, reason="unusable", spent=spent, fault=checked.fault
        )
        return
    await ctx.run_mutation(
        record_answer,
        step_id=step_id,
        attempt=attempt,
        answer=msgspec.json.encode(checked.minutes).decode(),
        rejected=msgspec.structs.asdict(checked.rejected),
        spent=spent,
    )


async def _record_error(ctx: ActionCtx, claimed: Claimed, error: LlmError, seconds: float) -> None:
    await ctx.run_mutation(
        record_failure,
        step_id=claimed.step_id,
        attempt=claimed.attempt,
        reason=error.reason,
        spent=Spent(tokens_in=error.tokens_in, tokens_out=error.tokens_out, seconds=seconds),
        retry_after=error.retry_after,
        fault=error.fault,
    )


async def _write(ctx: ActionCtx, claimed: Claimed, minutes: Minutes) -> None:
    """Check the minutes of the whole meeting once more, and store them as its report."""
    content = msgspec.json.decode(claimed.content, type=StepInput)
    [found] = content.part.parts
    checked = await _checked(ctx, minutes, content, found)
    await ctx.run_mutation(
        record_improved,
        step_id=claimed.step_id,
        attempt=claimed.attempt,
        report=msgspec.json.encode(checked.report).decode(),
    )


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


def _current(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> tuple[InsightStep | None, InsightRun | None]:
    """Return a step and its run, if both wait for this attempt."""
    step = steps.find_claimed(ctx, step_id, attempt)
    run = None if step is None else runs.find(ctx, step.meeting_id)
    return (step, run) if step is not None and improvement.is_current(run, step) else (None, None)


def _settled(
    ctx: MutationCtx, step_id: InsightStepId, attempt: float, outcome: str, spent: Spent
) -> InsightStep | None:
    """Settle the call of the current attempt; return its step, or None if another attempt has taken its place."""
    step = steps.find_claimed(ctx, step_id, attempt)
    if step is None:
        return None
    ctx.record(AI_SECONDS, spent.seconds, outcome=outcome)
    return charges.settle(ctx, step, spent.tokens_in, spent.tokens_out)


def _answer_to(ctx: MutationCtx, meeting_id: MeetingId, input_hash: str) -> str | None:
    """Return the stored answer to a request about a meeting."""
    found = ctx.db.scan(InsightStep, "by_hash", meeting_id, input_hash, limit=BATCH)
    return next((step.output for step in found if step.state == "done" and step.output is not None), None)
