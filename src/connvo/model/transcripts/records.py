"""The chunks of a transcript: stored once, in order, and read by members."""

from connvo.model.meetings.activity import note_speaking
from connvo.rules.transcripts.chunks import Span, bucket_of, is_of_stream, word_count
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.transcripts import Chunk
from connvo.schema.users import UserId

from . import captions, paragraphs, totals, transcription
from .words import Words

# A client keeps its audio for half a minute, in which no more utterances fit.
STREAM_CHUNKS = 20


def find_by_key(ctx: QueryCtx, meeting_id: MeetingId, key: str) -> Chunk | None:
    """Return the chunk that was stored under a key, or None."""
    return ctx.db.first(Chunk, "by_key", meeting_id, key)


def of_stream(ctx: QueryCtx, meeting_id: MeetingId, speaker: UserId, stream: str) -> list[Span]:
    """Return the times of the last words that were recognised in a stream of a member's audio, newest first."""
    last = ctx.db.scan(Chunk, "by_speaker", speaker, meeting_id, reverse=True, limit=STREAM_CHUNKS)
    return [Span(chunk.start_ms, chunk.end_ms) for chunk in last if is_of_stream(chunk.key, speaker, stream)]


def store(ctx: MutationCtx, meeting: Meeting, speaker: UserId, words: Words, key: str) -> Chunk:
    """Store a chunk with all its effects: segment, counters, speaking time, and the end of its interim words."""
    chunk = ctx.db.insert(
        Chunk(
            meeting_id=meeting.id,
            sequence=totals.take_sequence(ctx, meeting),
            speaker_id=speaker,
            text=words.text,
            confidence=words.confidence,
            start_ms=words.span.start_ms,
            end_ms=words.span.end_ms,
            bucket_ms=bucket_of(words.span.start_ms),
            word_count=word_count(words.text),
            language=words.language,
            key=key,
            created_at=ctx.now,
        )
    )
    totals.add(ctx, chunk)
    captions.settle(ctx, meeting.id, speaker, words.span)
    paragraphs.add(ctx, chunk)
    transcription.begin(ctx, meeting.id)
    note_speaking(ctx, meeting.id, speaker, words.span.length_ms)
    return chunk


def after(
    ctx: QueryCtx, meeting_id: MeetingId, sequence: float, limit: int, bucket_ms: float | None = None
) -> list[Chunk]:
    """Return the chunks after a sequence in order; with `bucket_ms` those that begin in its five minutes."""
    if bucket_ms is None:
        return ctx.db.scan(Chunk, "by_sequence", meeting_id, after=sequence, limit=limit)
    return ctx.db.scan(Chunk, "by_bucket", meeting_id, bucket_of(bucket_ms), after=sequence, limit=limit)


def remove(ctx: MutationCtx, chunk: Chunk) -> None:
    """Delete a chunk and count it no longer; its segment is the caller's to refresh."""
    ctx.db.delete(chunk)
    totals.subtract(ctx, chunk)
