"""Keeping what grows with time bounded."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.runtime.request_dedup import purge_records

PURGE_SECONDS = 60.0
PURGE_BATCH = 500
PURGE_PAUSE_SECONDS = 0.1


@every(seconds=PURGE_SECONDS)
@internal_mutation
def purge(ctx: MutationCtx) -> None:
    """Drop the receipts of socket requests that nobody can send again, in pieces that hold up nobody."""
    if purge_records(ctx.db, PURGE_BATCH) == PURGE_BATCH:
        ctx.scheduler.run_after(PURGE_PAUSE_SECONDS, purge)
