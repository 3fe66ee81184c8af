"""Periodic work: a cycle, the end of proposals and entries whose time has passed, and retention."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.matching import Match, MatchAnswer, MatchingDay, QueueEntry
from connvo.store.purging import purge
from connvo.store.schema import BY_CREATION

from . import cycle, entries, feedback, pool, proposals

CYCLE_SECONDS = 30.0
SWEEP_SECONDS = 10.0
DAY = 86_400.0
MS = 1_000.0
BATCH = 50
PAIR = 2
KINDS = (MatchAnswer, Match, QueueEntry, MatchingDay)


@every(seconds=CYCLE_SECONDS)
@internal_mutation
def run_cycle(ctx: MutationCtx) -> None:
    """Run a cycle if at least two users wait."""
    if ctx.settings.matching.enabled and pool.waiting_count(ctx, PAIR) == PAIR:
        ctx.scheduler.run_after(0, cycle.run)


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def sweep(ctx: MutationCtx) -> None:
    """End a batch of proposals and entries whose time has passed; run again at once while there are more."""
    proposed = ctx.db.scan(Match, "by_due", "proposed", before=ctx.now, limit=BATCH)
    for match in proposed:
        proposals.lapse(ctx, match)
    confirmed = ctx.db.scan(Match, "by_due", "confirmed", before=ctx.now, limit=BATCH)
    for match in confirmed:
        feedback.judge(ctx, match)
    waiting = ctx.db.scan(QueueEntry, "by_end", "waiting", until=ctx.now, limit=BATCH)
    for entry in waiting:
        entries.close(ctx, entry, "expired")
    if BATCH in (len(proposed), len(confirmed), len(waiting)):
        ctx.scheduler.run_after(0, sweep)


@every(seconds=DAY)
@internal_mutation
def forget_matches(ctx: MutationCtx) -> None:
    """Delete a batch of each table past its retention; run again while there are more."""
    oldest = ctx.now - ctx.settings.retention.match_days * DAY * MS
    more = [purge(ctx.db, kind, BY_CREATION, until=oldest) for kind in KINDS]
    if any(more):
        ctx.scheduler.run_after(0, forget_matches)
