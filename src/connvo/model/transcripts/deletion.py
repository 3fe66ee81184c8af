"""Deletion of words at the request of their speaker or of a host, in batches.

Guarantees:
    Words that are spoken after the request stay.
    A chunk and its text in a segment go in the same transaction.
"""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Chunk, Segment
from connvo.schema.users import UserId

from . import captions, paragraphs, records, totals

BATCH = 100
MAX_SEGMENTS = 5_000


def erase(ctx: MutationCtx, meeting_id: MeetingId, speaker: UserId | None = None) -> None:
    """Delete the words of a meeting, or of one of its speakers: a batch now, and the rest by jobs."""
    if speaker is None:
        captions.drop_all(ctx, meeting_id)
    else:
        captions.drop_of(ctx, meeting_id, speaker)
    counters = totals.find(ctx, meeting_id)
    erase_on(ctx, meeting_id=meeting_id, until=0 if counters is None else counters.last_sequence, speaker=speaker)


@internal_mutation
def erase_on(ctx: MutationCtx, meeting_id: MeetingId, until: float, speaker: UserId | None = None) -> None:
    """Delete a batch of words up to a sequence; schedule the rest."""
    if _erase_batch(ctx, meeting_id, until, speaker):
        ctx.scheduler.run_after(0, erase_on, meeting_id=meeting_id, until=until, speaker=speaker)


def _erase_batch(ctx: MutationCtx, meeting_id: MeetingId, until: float, speaker: UserId | None) -> bool:
    """Return whether there may be more."""
    if speaker is None:
        found = ctx.db.scan(Chunk, "by_sequence", meeting_id, until=until, limit=BATCH)
    else:
        found = ctx.db.scan(Chunk, "by_speaker", speaker, meeting_id, until=until, limit=BATCH)
    if not found:
        return _erase_segments(ctx, meeting_id, until, speaker)
    segments = {one.id: one for chunk in found if (one := paragraphs.containing(ctx, chunk)) is not None}
    for chunk in found:
        records.remove(ctx, chunk)
    for segment in segments.values():
        paragraphs.refresh(ctx, segment)
    return True


def _erase_segments(ctx: MutationCtx, meeting_id: MeetingId, until: float, speaker: UserId | None) -> bool:
    """Delete segments that have outlived their chunks; return whether there may be more."""
    if speaker is None:
        found = ctx.db.scan(Segment, "by_start", meeting_id, limit=MAX_SEGMENTS)
    else:
        found = ctx.db.scan(Segment, "by_speaker", speaker, meeting_id, limit=MAX_SEGMENTS)
    orphans = [one for one in found if one.first_sequence <= until and not paragraphs.pieces_of(ctx, one)][:BATCH]
    for segment in orphans:
        paragraphs.delete(ctx, segment)
    return len(orphans) == BATCH
