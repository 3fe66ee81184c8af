"""The way from the end of a meeting to its report and insights.

A sweep claims what is due. The rules run in a process of their own; then one mutation after another writes the insights
of a person. Each job commits its effects together with the next one.

Guarantees:
    A server that dies at any point costs a repeated computation, never a second row. It is repeated once the node
    is found dead.
    A run that has lost its work ends as `failed`.
"""

import msgspec

from connvo.model.transcripts import totals
from connvo.providers.reports import process
from connvo.rules.insights.links import links_in
from connvo.rules.insights.report import Link, Report
from connvo.rules.insights.states import MIN_WORDS
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import every, internal_action, internal_mutation, taken_back_by
from connvo.schema.insights import InsightRun, InsightStep, InsightStepId, MeetingReport
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import User, UserId

from . import attendees, improvement, people, reading, reports, runs, sources, steps

SWEEP_SECONDS = 5.0
BATCH = 50
RULES = "rules"
# Edits that follow each other so soon are followed once.
FOLLOW_SECONDS = 2.0


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def sweep(ctx: MutationCtx) -> None:
    """Queue runs whose wait is over, take up lost work, and start queued runs while there is room."""
    for run in ctx.db.scan(InsightRun, "by_due", "waiting", until=ctx.now, limit=BATCH):
        runs.begin(ctx, run.meeting_id, "queued", ctx.now)
    for step in steps.lost(ctx, BATCH):
        _end_attempt(ctx, step, "crashed")
    for run in ctx.db.scan(InsightRun, "by_due", "running", until=ctx.now, limit=BATCH):
        runs.finish(ctx, run, "failed", "crashed")
    room = ctx.settings.insights.running - steps.running(ctx, ctx.settings.insights.running)
    for step in [step for step in steps.due(ctx, BATCH) if step.key == RULES][:room]:
        _claim(ctx, step)
        room -= 1
    if room > 0:
        for run in ctx.db.scan(InsightRun, "by_due", "queued", until=ctx.now, limit=room):
            _start(ctx, run)


@internal_mutation
def repeat_report(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> None:
    """Give up an attempt that failed, or whose node is gone; the sweep repeats it, until it has failed too often."""
    step, _ = _current(ctx, step_id, attempt)
    if step is not None:
        _end_attempt(ctx, step, "crashed")


@taken_back_by(repeat_report)
@internal_action
async def make_report(ctx: ActionCtx, step_id: InsightStepId, attempt: float) -> None:
    """Compute a report by rules, and record it."""
    head = await ctx.run_query(reading.minutes_head, step_id=step_id, attempt=attempt)
    if head is None:
        return
    if head.words > reading.MAX_WORDS:
        await ctx.run_mutation(fail_run, step_id=step_id, attempt=attempt)
        return
    report = await process.compute(await reading.read_minutes(ctx, head))
    text = msgspec.json.encode(report).decode()
    await ctx.run_mutation(record_report, step_id=step_id, attempt=attempt, report=text)


@internal_mutation
def record_report(ctx: MutationCtx, step_id: InsightStepId, attempt: float, report: str) -> bool:
    """Store the report of the current attempt, and schedule the insights of its people; return whether it counts."""
    step, run = _current(ctx, step_id, attempt)
    if step is None or run is None:
        return False
    steps.record(ctx, step)
    publish(ctx, run, msgspec.json.decode(report, type=Report))
    ctx.scheduler.run_after(0, sweep)
    return True


@internal_mutation
def fail_run(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> None:
    """End a run whose transcript is too long."""
    step, run = _current(ctx, step_id, attempt)
    if step is not None and run is not None:
        steps.record(ctx, step)
        runs.finish(ctx, run, "failed", "too_long")


@internal_mutation
def write_insights(ctx: MutationCtx, meeting_id: MeetingId, revision: float, after: UserId | None = None) -> None:
    """Write the insights of one person, then those of the next; after the last one the run is ready."""
    run, row, meeting = runs.find(ctx, meeting_id), reports.find(ctx, meeting_id), ctx.db.get(Meeting, meeting_id)
    if run is None or row is None or meeting is None or row.revision != revision:
        return
    everyone = attendees.ids(ctx, meeting_id)
    following = next((user_id for user_id in everyone if after is None or user_id > after), None)
    if following is None:
        if run.state == "running" and run.revision == revision:
            improvement.begin(ctx, runs.finish(ctx, run, "ready"))
        return
    user = ctx.db.get(User, following)
    if user is not None and not attendees.is_erased(user):
        people.write(ctx, meeting, row, user, everyone)
    ctx.scheduler.run_after(0, write_insights, meeting_id=meeting_id, revision=revision, after=following)


def follow(ctx: MutationCtx, row: MeetingReport) -> None:
    """Schedule the insights that follow from what a person changed in a report, once no more changes come."""
    ctx.scheduler.run_after(
        FOLLOW_SECONDS, write_edited, meeting_id=row.meeting_id, revision=row.revision, updated_at=row.updated_at
    )


@internal_mutation
def write_edited(ctx: MutationCtx, meeting_id: MeetingId, revision: float, updated_at: float) -> None:
    """Write the insights of an edited report, unless a later change does."""
    row = reports.find(ctx, meeting_id)
    if row is not None and row.updated_at == updated_at:
        ctx.scheduler.run_after(0, write_insights, meeting_id=meeting_id, revision=revision)


def begin(ctx: MutationCtx, meeting: Meeting, wait_ms: float = 0.0) -> None:
    """Begin the run of a meeting that is over, `wait_ms` from now if its last words may still arrive."""
    held = runs.find(ctx, meeting.id)
    if held is not None and held.state == "off":
        return
    due_at = ctx.now + wait_ms
    if wait_ms == 0 and not has_words(ctx, meeting.id):
        _finish_empty(ctx, runs.begin(ctx, meeting.id, "queued", due_at))
        return
    runs.begin(ctx, meeting.id, "waiting" if wait_ms else "queued", due_at)
    ctx.scheduler.run_at(due_at, sweep)


def publish(ctx: MutationCtx, run: InsightRun, report: Report) -> None:
    """Store a report as the present revision of a run, and schedule the insights that follow from it."""
    reports.store(ctx, run.meeting_id, run.revision, report, _links(ctx, run.meeting_id))
    ctx.scheduler.run_after(0, write_insights, meeting_id=run.meeting_id, revision=run.revision)


def has_words(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    """Return whether a transcript has enough words to be summed up."""
    counters = totals.find(ctx, meeting_id)
    return counters is not None and counters.words >= MIN_WORDS


def _start(ctx: MutationCtx, run: InsightRun) -> None:
    meeting = ctx.db.get(Meeting, run.meeting_id)
    if meeting is None:
        ctx.db.delete(run)
        return
    if not has_words(ctx, meeting.id):
        _finish_empty(ctx, run)
        return
    run = runs.start(ctx, run)
    _claim(ctx, steps.plan(ctx, meeting.id, run.revision, RULES))


def _finish_empty(ctx: MutationCtx, run: InsightRun) -> None:
    reports.drop(ctx, run.meeting_id)
    runs.finish(ctx, run, "empty", "too_few_words")


def _claim(ctx: MutationCtx, step: InsightStep) -> None:
    step = steps.claim(ctx, step)
    ctx.scheduler.run_after(0, make_report, step_id=step.id, attempt=step.attempt)


def _end_attempt(ctx: MutationCtx, step: InsightStep, because: str) -> None:
    """Give up an attempt; if it was the last one, the run has failed."""
    if steps.give_up(ctx, step, because) or step.key != RULES:
        return
    run = runs.find(ctx, step.meeting_id)
    if run is not None and run.revision == step.revision and run.state == "running":
        runs.finish(ctx, run, "failed", "crashed")


def _current(ctx: MutationCtx, step_id: InsightStepId, attempt: float) -> tuple[InsightStep | None, InsightRun | None]:
    """Return a step and its run, if both wait for this attempt."""
    step = steps.find_claimed(ctx, step_id, attempt)
    run = None if step is None else runs.find(ctx, step.meeting_id)
    if step is None or run is None or run.state != "running" or run.revision != step.revision:
        return None, None
    return step, run


def _links(ctx: QueryCtx, meeting_id: MeetingId) -> tuple[Link, ...]:
    return links_in(sources.chat(ctx, meeting_id), sources.notes(ctx, meeting_id))
