"""Periodic deletion of idempotency records of socket requests."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.runtime.request_dedup import RETENTION_MS, IdempotencyRecord
from connvo.store import purging

PURGE_SECONDS = 60.0
PURGE_PAUSE_SECONDS = 0.1


@every(seconds=PURGE_SECONDS)
@internal_mutation
def purge(ctx: MutationCtx) -> None:
    """Delete a batch of records of requests that clients can no longer resend; run again while there are more."""
    if purging.purge(ctx.db, IdempotencyRecord, "by_creation", until=ctx.now - RETENTION_MS):
        ctx.scheduler.run_after(PURGE_PAUSE_SECONDS, purge)
