"""Periodic deletion of idempotency records of socket requests."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.runtime.request_dedup import purge_records

PURGE_SECONDS = 60.0
PURGE_BATCH = 500
PURGE_PAUSE_SECONDS = 0.1


@every(seconds=PURGE_SECONDS)
@internal_mutation
def purge(ctx: MutationCtx) -> None:
    """Delete a batch of records of requests that clients can no longer resend; run again while there are more."""
    if purge_records(ctx.db, PURGE_BATCH) == PURGE_BATCH:
        ctx.scheduler.run_after(PURGE_PAUSE_SECONDS, purge)
