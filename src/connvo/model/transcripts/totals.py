"""The counters of a transcript: they give each chunk its sequence, and answer statistics with one read.

Guarantees: sequences have no gap and no duplicate on any number of nodes, because a chunk and its counter commit
together.
"""

from typing import TypeVar

from connvo.rules.transcripts.chunks import MAX_CHUNK_MS
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.transcripts import Chunk, TranscriptTotals

UNKNOWN_LANGUAGE = "und"

Name = TypeVar("Name", bound=str)


def find(ctx: QueryCtx, meeting_id: MeetingId) -> TranscriptTotals | None:
    """Return the counters of a meeting, or None before its first chunk."""
    return ctx.db.first(TranscriptTotals, "by_meeting", meeting_id)


def take_sequence(ctx: MutationCtx, meeting: Meeting) -> int:
    """Return the sequence of the next chunk; `add` counts that chunk in the same transaction."""
    row = find(ctx, meeting.id)
    if row is None:
        zero_ms = meeting.started_at or meeting.created_at
        row = ctx.db.insert(TranscriptTotals(meeting_id=meeting.id, zero_ms=zero_ms))
    return row.last_sequence + 1


def add(ctx: MutationCtx, chunk: Chunk) -> None:
    """Count a chunk that was stored."""
    row = find(ctx, chunk.meeting_id)
    if row is None:
        return
    ctx.db.patch(
        row,
        last_sequence=max(row.last_sequence, chunk.sequence),
        chunks=row.chunks + 1,
        words=row.words + chunk.word_count,
        confidence=row.confidence + chunk.confidence,
        first_ms=min(row.first_ms, chunk.start_ms) if row.chunks else chunk.start_ms,
        last_ms=max(row.last_ms, chunk.end_ms) if row.chunks else chunk.end_ms,
        speakers=_counted(row.speakers, chunk.speaker_id, 1),
        languages=_counted(row.languages, _language(chunk), 1),
        buckets=_counted(row.buckets, _bucket(chunk), 1),
    )


def add_words(ctx: MutationCtx, meeting_id: MeetingId, words: int) -> None:
    """Count words that a correction added, or removed if negative."""
    row = find(ctx, meeting_id)
    if row is not None:
        ctx.db.patch(row, words=row.words + words)


def subtract(ctx: MutationCtx, chunk: Chunk) -> None:
    """Count a chunk no longer, after it was deleted."""
    row = find(ctx, chunk.meeting_id)
    if row is None or row.chunks == 0:
        return
    is_last = row.chunks == 1
    row = ctx.db.patch(
        row,
        chunks=row.chunks - 1,
        words=0 if is_last else row.words - chunk.word_count,
        confidence=0.0 if is_last else row.confidence - chunk.confidence,
        speakers=_counted(row.speakers, chunk.speaker_id, -1),
        languages=_counted(row.languages, _language(chunk), -1),
        buckets=_counted(row.buckets, _bucket(chunk), -1),
    )
    if chunk.start_ms <= row.first_ms or chunk.end_ms >= row.last_ms:
        first_ms, last_ms = _span(ctx, chunk.meeting_id)
        ctx.db.patch(row, first_ms=first_ms, last_ms=last_ms)


def _span(ctx: MutationCtx, meeting_id: MeetingId) -> tuple[float, float]:
    """Return the start of the first chunk and the last end of any."""
    first = ctx.db.first(Chunk, "by_start", meeting_id)
    newest = ctx.db.first(Chunk, "by_start", meeting_id, reverse=True)
    if first is None or newest is None:
        return 0.0, 0.0
    # No chunk that begins earlier can end after the newest one begins.
    late = ctx.db.scan(Chunk, "by_start", meeting_id, since=newest.start_ms - MAX_CHUNK_MS)
    return first.start_ms, max(chunk.end_ms for chunk in late)


def _counted(counts: dict[Name, int], key: Name, change: int) -> dict[Name, int]:
    changed = {**counts, key: counts.get(key, 0) + change}
    return {name: count for name, count in changed.items() if count > 0}


def _language(chunk: Chunk) -> str:
    return chunk.language or UNKNOWN_LANGUAGE


def _bucket(chunk: Chunk) -> str:
    return str(int(chunk.bucket_ms))
