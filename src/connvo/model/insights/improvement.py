"""The improvement of a report by a language model, step by step: plan, map each part, merge, and the next revision.

Each step is claimed, worked on by `improving`, and recorded with the steps that follow from it in one transaction.

Guarantees:
    A report by rules is never waited for and never lost: without a good answer it stays, with a reason.
    A step that is lost with its node is done again, and charged for what it may have cost; a late result is refused.
    Items that people edit, tick or delete meanwhile stay so.
"""

from typing import Literal, TypeAlias

import msgspec

from connvo.model.ai import charges, health
from connvo.model.ai.calls import Failure
from connvo.rules.insights.attempts import after_failure
from connvo.rules.insights.chunking import halved
from connvo.rules.insights.messages import Part, Plan
from connvo.rules.insights.model_report import ModelReport
from connvo.rules.insights.report import Report, with_statistics
from connvo.rules.insights.requests import merge_groups
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import internal_query
from connvo.schema.insights import InsightRun, InsightStep, RunReason
from connvo.schema.meetings import MeetingId

from . import reports, runs, steps

StepKind: TypeAlias = Literal["plan", "map", "merge", "report"]

PREFIX = "model:"
PLAN, REPORT, MERGE = "model:plan", "model:report", "model:merge:"
# In the keys of halves, which are not divided again.
HALF = "."
MAX_STEPS = 400
MAX_ATTEMPTS = 5
MS = 1000.0
# A model that fails at the end of a meeting is waited for so long.
WAIT_MS = 10 * 60 * MS
# Preparing and checking beside the call.
SLACK_SECONDS = 150.0


class StepInput(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of a step, and what was wrong with an earlier answer to it."""

    part: Part = Part()
    fault: str | None = None


class PlanOutput(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a plan that later steps need."""

    fingerprint: str
    room: int


def kind_of(step: InsightStep) -> StepKind:
    """Return the kind of a step."""
    kind = step.key.removeprefix(PREFIX).partition(":")[0]
    return "plan" if kind == "plan" else "report" if kind == "report" else "map" if kind == "map" else "merge"


def begin(ctx: MutationCtx, run: InsightRun) -> None:
    """Begin to improve a report that was made by rules, if there is a model."""
    if ctx.settings.ai.configured:
        queue(ctx, run, PLAN, StepInput())
        ctx.db.patch(run, total=1)


def queue(ctx: MutationCtx, run: InsightRun, key: str, content: StepInput, due_at: float | None = None) -> None:
    """Plan a step of the present revision."""
    step = steps.plan(ctx, run.meeting_id, run.revision, key)
    if step.state == "pending":
        text = msgspec.json.encode(content).decode()
        ctx.db.patch(step, state="queued", input=text, due_at=ctx.now if due_at is None else due_at)


def is_current(run: InsightRun | None, step: InsightStep) -> bool:
    """Return whether a run still waits for a step."""
    return run is not None and run.state == "ready" and run.revision == step.revision and run.total > 0


def claim(ctx: MutationCtx, step: InsightStep) -> InsightStep:
    """Begin the next attempt of a step; return it."""
    step = steps.claim(ctx, step, ctx.settings.ai.call_seconds + SLACK_SECONDS)
    return ctx.db.patch(step, state="asking")


def input_of(step: InsightStep) -> StepInput:
    """Return what a step is about."""
    return msgspec.json.decode(step.input or "{}", type=StepInput)


def plan_of(ctx: QueryCtx, run: InsightRun) -> PlanOutput | None:
    """Return the plan of the present revision, once there is one."""
    step = ctx.db.first(InsightStep, "by_key", run.meeting_id, run.revision, PLAN)
    return None if step is None or step.output is None else msgspec.json.decode(step.output, type=PlanOutput)


def planned(ctx: MutationCtx, run: InsightRun, step: InsightStep, plan: Plan) -> None:
    """Record the plan and queue the maps; give up at once if they cost more than is left."""
    if plan.tokens > charges.left(ctx, step):
        end(ctx, run, "budget")
        return
    output = PlanOutput(fingerprint=plan.fingerprint, room=plan.room)
    steps.record(ctx, step, msgspec.json.encode(output).decode())
    for number, span in enumerate(plan.spans):
        queue(ctx, run, f"{PREFIX}map:{number:04}", StepInput(part=Part(span=span)))
    ctx.db.patch(run, total=max(1, len(plan.spans)) + (len(plan.spans) > 1), updated_at=ctx.now)


def answered(ctx: MutationCtx, run: InsightRun, step: InsightStep, output: str) -> None:
    """Record the checked minutes of a part, and queue what follows once all parts of its level are there."""
    steps.record(ctx, step, output)
    run = ctx.db.patch(run, done=run.done + 1, updated_at=ctx.now)
    found = all_of(ctx, run)
    if any(one.state in ("queued", "asking") for one in found):
        return
    level = max(map(_level, found))
    outputs = [one.output for one in found if _level(one) == level and one.output is not None]
    parts = [part for part in (msgspec.json.decode(one, type=ModelReport) for one in outputs) if not part.is_empty]
    plan = plan_of(ctx, run)
    if not parts or plan is None:
        end(ctx, run, "unusable")
    elif len(parts) == 1:
        queue(ctx, run, REPORT, StepInput(part=Part(parts=tuple(parts))))
    else:
        groups = merge_groups(parts, plan.room)
        for number, group in enumerate(groups):
            key = f"{MERGE}{level + 1:02}:{number:03}"
            queue(ctx, run, key, StepInput(part=Part(parts=tuple(group))))
        ctx.db.patch(run, total=run.done + len(groups) + (len(groups) > 1))


def improved(ctx: MutationCtx, run: InsightRun, step: InsightStep, report: Report) -> InsightRun | None:
    """Store a model's report as the next revision; return the run, or None if there is no report to improve."""
    steps.record(ctx, step)
    row = reports.find(ctx, run.meeting_id)
    if row is None:
        end(ctx, run, None)
        return None
    run = ctx.db.patch(run, revision=run.revision + 1, done=0, total=0, because=None, updated_at=ctx.now)
    reports.store(ctx, run.meeting_id, run.revision, with_statistics(report, row.report), row.links)
    return run


def failed(ctx: MutationCtx, run: InsightRun, step: InsightStep, failure: Failure) -> None:
    """Record a failed try: the step is tried again, divided, or the report stays as it is."""
    reason = failure.reason
    following = after_failure(reason, step.tries, ctx.settings.ai.tries, failure.retry_after, ctx.random.random())
    content = input_of(step)
    if following.reaction == "again":
        text = msgspec.json.encode(msgspec.structs.replace(content, fault=failure.fault)).decode()
        ctx.db.patch(step, state="queued", input=text, because=reason, due_at=ctx.now + following.pause_ms)
        return
    span = content.part.span if HALF not in step.key else None
    spans = () if span is None else halved(span)
    if following.reaction == "halve" and len(spans) > 1:
        steps.record(ctx, step)
        for number, span in enumerate(spans):
            queue(ctx, run, f"{step.key}{HALF}{number}", StepInput(part=Part(span=span)))
        ctx.db.patch(run, total=run.total + 1)
        return
    end(ctx, run, reason)


def lost(ctx: MutationCtx, step: InsightStep) -> None:
    """Take back a step whose node died: it may have been charged there, so it is charged here."""
    step = charges.settle(ctx, step)
    run = runs.find(ctx, step.meeting_id)
    if run is None or not is_current(run, step):
        ctx.db.patch(step, state="failed", because="stale")
    elif step.attempt < MAX_ATTEMPTS:
        ctx.db.patch(step, state="queued", because="crashed", due_at=ctx.now)
    else:
        end(ctx, run, "crashed")


def end(ctx: MutationCtx, run: InsightRun, because: RunReason | None) -> None:
    """Leave a report as the rules made it, with a reason, and end the steps that are open."""
    for step in all_of(ctx, run):
        if step.state in ("queued", "asking"):
            ctx.db.patch(charges.settle(ctx, step), state="failed", because=because)
    ctx.db.patch(run, because=because, done=0, total=0, updated_at=ctx.now)


def waits(ctx: MutationCtx, run: InsightRun, step: InsightStep) -> bool:
    """Return whether a step has to wait for a failing model; after ten minutes its report stays as it is."""
    later = health.closed_until(ctx)
    if later is None:
        return False
    if ctx.now - step.creation_time > WAIT_MS:
        end(ctx, run, health.last_reason(ctx))
    else:
        ctx.db.patch(step, due_at=later)
    return True


def all_of(ctx: QueryCtx, run: InsightRun) -> list[InsightStep]:
    """Return the steps of a model for the present revision, in their order."""
    found = ctx.db.scan(InsightStep, "by_key", run.meeting_id, run.revision, limit=MAX_STEPS)
    return [step for step in found if step.key.startswith(PREFIX)]


@internal_query
def merges(ctx: QueryCtx, meeting_id: MeetingId) -> list[Part]:
    """Return what the merges of a meeting were about, as long as their steps are stored."""
    found = ctx.db.scan(InsightStep, "by_key", meeting_id, limit=MAX_STEPS)
    return [input_of(step).part for step in found if step.key.startswith(MERGE)]


def _level(step: InsightStep) -> int:
    """Return the level of a step: 0 for a map, then those of the merges; -1 for others."""
    kind = kind_of(step)
    return int(step.key.split(":")[2]) if kind == "merge" else 0 if kind == "map" else -1
