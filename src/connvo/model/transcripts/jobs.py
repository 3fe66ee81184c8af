"""Periodic deletion of captions that are over, and of chunks and segments past their retention."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.transcripts import Chunk, Segment
from connvo.store.purging import BATCH, purge
from connvo.store.schema import BY_CREATION

from . import captions, paragraphs

SWEEP_SECONDS = 5.0
DAY = 86_400.0
MS = 1_000.0


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def drop_captions(ctx: MutationCtx) -> None:
    """Delete a batch of expired captions; run again at once while there are more."""
    if captions.drop_expired(ctx):
        ctx.scheduler.run_after(0, drop_captions)


@every(seconds=DAY)
@internal_mutation
def forget_chunks(ctx: MutationCtx) -> None:
    """Delete a batch of chunks past their retention; run again while there are more."""
    oldest = ctx.now - ctx.settings.retention.transcript_days * DAY * MS
    if purge(ctx.db, Chunk, BY_CREATION, until=oldest):
        ctx.scheduler.run_after(0, forget_chunks)


@every(seconds=DAY)
@internal_mutation
def forget_segments(ctx: MutationCtx) -> None:
    """Delete a batch of segments past their retention; run again while there are more."""
    oldest = ctx.now - ctx.settings.retention.segment_days * DAY * MS
    found = ctx.db.scan(Segment, BY_CREATION, until=oldest, limit=BATCH)
    for segment in found:
        paragraphs.delete(ctx, segment)
    if len(found) == BATCH:
        ctx.scheduler.run_after(0, forget_segments)
