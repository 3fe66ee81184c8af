"""Periodic deletion of reports, insights and steps past their retention."""

from connvo.model import embedding_tasks
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.insights import Insight, InsightStep, ItemRating, MeetingReport, Recommendation
from connvo.store.purging import BATCH, purge
from connvo.store.schema import BY_CREATION

DAY = 86_400.0
MS = 1_000.0
STEP_DAYS = 7
KINDS = (Recommendation, ItemRating, Insight, MeetingReport)


@every(seconds=DAY)
@internal_mutation
def forget_insights(ctx: MutationCtx) -> None:
    """Delete a batch of each table past its retention; run again while there are more."""
    oldest = ctx.now - ctx.settings.retention.insight_days * DAY * MS
    for report in ctx.db.scan(MeetingReport, BY_CREATION, until=oldest, limit=BATCH):
        embedding_tasks.report_deleted(ctx, report.meeting_id)
    more = [purge(ctx.db, kind, BY_CREATION, until=oldest) for kind in KINDS]
    if any(more):
        ctx.scheduler.run_after(0, forget_insights)


@every(seconds=DAY)
@internal_mutation
def forget_steps(ctx: MutationCtx) -> None:
    """Delete a batch of steps of past runs; run again while there are more."""
    if purge(ctx.db, InsightStep, BY_CREATION, until=ctx.now - STEP_DAYS * DAY * MS):
        ctx.scheduler.run_after(0, forget_steps)
