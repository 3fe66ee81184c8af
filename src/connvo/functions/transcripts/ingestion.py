"""Delivery of recognised speech, and reads of the chunks that came of it."""

import math
from typing import Annotated

from connvo.kernel.errors import Invalid
from connvo.model.access import require_member
from connvo.model.transcripts import delivery, records, totals
from connvo.model.transcripts.delivery import Delivered
from connvo.model.transcripts.words import Spoken
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Chunk, ChunkId

CHUNK_LIMIT = Clamped(1, 200, default=100)


class ChunkView(Result, frozen=True, kw_only=True):
    """A final chunk. Times in milliseconds."""

    id: ChunkId
    sequence: float
    speaker_id: str | None = None
    text: str
    confidence: float
    start_ms: float
    end_ms: float
    word_count: float
    language: str | None = None
    created_at: float


class TranscriptStats(Result, frozen=True, kw_only=True):
    """The counters of a transcript. `duration` is from the first start to the last end, in milliseconds."""

    total_chunks: float
    total_words: float
    average_confidence: float
    duration: float
    speakers: list[str]
    languages: list[str]
    bucket_count: float


@mutation
def ingest_transcript_chunk(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    text: str,
    confidence: float,
    start_time: float,
    end_time: float,
    speaker_id: str | None = None,
    language: str | None = None,
    is_interim: bool | None = None,
) -> Delivered:
    """Deliver a recognised piece of the caller's own speech. For hosts and participants of the active meeting.

    A final chunk gets the next sequence of the meeting, from 1; an interim one replaces the caller's caption and has
    the sequence 0. The same times and text again get the stored answer. While a host has chosen captions without a
    transcript, final chunks are shown and not stored. The limit is 60 chunks at once, then five per second.

    Raises:
        Forbidden: `speakerId` is not the caller, or transcription is off.
        InsufficientRole: The caller is an observer.
        Invalid: A value is out of its bounds, or the times lie outside of the meeting by more than a minute.
        MeetingNotActive: The meeting is not active.
        RateLimited: The caller has delivered too many chunks.
    """
    spoken = Spoken(
        text=text,
        confidence=confidence,
        start=start_time,
        end=end_time,
        language=language,
        interim=bool(is_interim),
    )
    return delivery.deliver(ctx, meeting_id, speaker_id, spoken)


@mutation
def get_transcript_chunks(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    from_sequence: float | None = None,
    limit: Annotated[float | None, CHUNK_LIMIT] = None,
    bucket_ms: float | None = None,
) -> list[ChunkView]:
    """Return up to 200 final chunks after `fromSequence` in order, by default 100. For members.

    With `bucketMs`, only chunks that begin in these five minutes.

    Raises:
        Invalid: A number is not finite.
    """
    require_member(ctx, meeting_id)
    for value, field in ((from_sequence, "fromSequence"), (bucket_ms, "bucketMs")):
        if value is not None and not math.isfinite(value):
            raise Invalid(f"{field} needs to be a number", field)
    found = records.after(ctx, meeting_id, from_sequence or 0.0, CHUNK_LIMIT.whole(limit, "limit"), bucket_ms)
    return [_view(chunk) for chunk in found]


@mutation
def get_transcript_stats(ctx: MutationCtx, meeting_id: MeetingId) -> TranscriptStats:
    """Return the counters of a meeting's transcript. For members."""
    require_member(ctx, meeting_id)
    row = totals.find(ctx, meeting_id)
    if row is None or row.chunks == 0:
        return TranscriptStats(
            total_chunks=0,
            total_words=0,
            average_confidence=0,
            duration=0,
            speakers=[],
            languages=[],
            bucket_count=0,
        )
    return TranscriptStats(
        total_chunks=row.chunks,
        total_words=row.words,
        average_confidence=row.confidence / row.chunks,
        duration=row.last_ms - row.first_ms,
        speakers=list(row.speakers),
        languages=[language for language in row.languages if language != totals.UNKNOWN_LANGUAGE],
        bucket_count=len(row.buckets),
    )


def _view(chunk: Chunk) -> ChunkView:
    return ChunkView.from_row(chunk)
