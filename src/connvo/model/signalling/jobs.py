"""Periodic deletion of expired signals, ended sessions, failures, timeline events and full rate buckets."""

from connvo.model import changes, rate_limits
from connvo.model.history import failures, timeline
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.sessions import WebrtcSession
from connvo.store.purging import BATCH

from . import queues

PURGE_SECONDS = 5.0
SWEEP_SECONDS = 60.0
SESSION_KEPT_MS = 24 * 3_600_000.0


@every(seconds=PURGE_SECONDS)
@internal_mutation
def drop_expired_signals(ctx: MutationCtx) -> None:
    """Delete a batch of expired signals; run again at once while there are more."""
    if queues.drop_expired(ctx, BATCH):
        ctx.scheduler.run_after(0, drop_expired_signals)


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def sweep(ctx: MutationCtx) -> None:
    """Delete a batch of full rate buckets, old failures, events and sessions; run again while there are more."""
    more = [
        rate_limits.drop_full_buckets(ctx),
        failures.drop_old(ctx),
        timeline.drop_old(ctx),
        _drop_ended_sessions(ctx),
    ]
    if any(more):
        ctx.scheduler.run_after(0, sweep)


def _drop_ended_sessions(ctx: MutationCtx) -> bool:
    ended = ctx.db.scan(WebrtcSession, "by_ended", False, until=ctx.now - SESSION_KEPT_MS, limit=BATCH)
    for session in ended:
        changes.purge(ctx, session)
    return len(ended) == BATCH
