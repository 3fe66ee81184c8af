"""Reads of transcripts by members, during a meeting and afterwards."""

import math
from typing import Annotated

from connvo.kernel.errors import Invalid
from connvo.model import audiences
from connvo.model.meetings.activity import find_activity
from connvo.model.meetings.views import UserCard
from connvo.model.pagination import PaginationOpts, newest_first
from connvo.model.transcripts import records, totals
from connvo.model.transcripts.views import ListedChunk, card, listed
from connvo.runtime.context import SharedCtx
from connvo.runtime.function import shared_query
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Chunk, Segment, SegmentId
from connvo.schema.users import UserId

SEGMENT_LIMIT = Clamped(1, 1000, default=100)
CHUNK_LIMIT = Clamped(1, 200, default=50)


class SegmentView(Result, frozen=True, kw_only=True):
    """Consecutive chunks of one speaker as a paragraph. Times in milliseconds."""

    id: SegmentId
    creation_time: float
    meeting_id: MeetingId
    start_ms: float
    end_ms: float
    speakers: list[str]
    text: str
    topics: list[str]
    sentiment: float | None = None
    created_at: float


class ListedChunks(Result, frozen=True, kw_only=True):
    """A page of chunks; `continue_cursor` is null after the last one. A page that has grown can be split."""

    page: list[ListedChunk]
    is_done: bool
    continue_cursor: str | None
    split_cursor: str | None = None


class TranscriptExtent(Result, frozen=True, kw_only=True):
    """The size of a transcript. Times in milliseconds.

    `zero_ms` is the start of the meeting, from which exported files count. `last_sequence` is the highest that was
    given, also to a chunk that was deleted since.
    """

    zero_ms: float
    first_ms: float
    last_ms: float
    last_sequence: float
    chunks: float
    words: float


class SpeakerView(Result, frozen=True, kw_only=True):
    """A member who spoke: for how long in milliseconds, and in how many chunks that are stored."""

    user_id: UserId
    user: UserCard
    speaking_ms: float
    chunks: float


@shared_query(audiences.members)
def get_transcript_segments(
    ctx: SharedCtx[None], meeting_id: MeetingId, limit: Annotated[float | None, SEGMENT_LIMIT] = None
) -> list[SegmentView]:
    """Return up to 1,000 segments in the order of their starts, by default 100. For members.

    Raises:
        Invalid: The limit is not finite.
    """
    found = ctx.db.scan(Segment, "by_start", meeting_id, limit=SEGMENT_LIMIT.whole(limit, "limit"))
    return [_segment(one) for one in found]


@shared_query(audiences.members)
def list_chunks(ctx: SharedCtx[None], meeting_id: MeetingId, pagination_opts: PaginationOpts) -> ListedChunks:
    """Return a page of final chunks, newest first. For members, also after the meeting has ended.

    A page has 1 to 100 chunks.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    found = newest_first(ctx, Chunk, "by_sequence", meeting_id, pagination_opts)
    cards: dict[UserId, UserCard] = {}
    return ListedChunks(
        page=[listed(ctx, chunk, cards) for chunk in found.items],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
        split_cursor=found.split,
    )


@shared_query(audiences.members)
def list_chunks_after(
    ctx: SharedCtx[None],
    meeting_id: MeetingId,
    sequence: float,
    limit: Annotated[float | None, CHUNK_LIMIT] = None,
) -> list[ListedChunk]:
    """Return up to 200 final chunks after a sequence in order, by default 50. For members, in any state.

    A client that asks for ranges of a fixed size reads a transcript from any place; words that are added change only
    the last range.

    Raises:
        Invalid: A number is not finite.
    """
    if not math.isfinite(sequence):
        raise Invalid("sequence needs to be a number", "sequence")
    found = records.after(ctx, meeting_id, sequence, CHUNK_LIMIT.whole(limit, "limit"))
    cards: dict[UserId, UserCard] = {}
    return [listed(ctx, chunk, cards) for chunk in found]


@shared_query(audiences.members)
def get_sequence_at(ctx: SharedCtx[None], meeting_id: MeetingId, at_ms: float) -> float | None:
    """Return the sequence of the first chunk that begins at a time or after it; null if there is none. For members.

    Raises:
        Invalid: The time is not finite.
    """
    if not math.isfinite(at_ms):
        raise Invalid("The time needs to be a number", "atMs")
    found = ctx.db.scan(Chunk, "by_start", meeting_id, since=at_ms, limit=1)
    return found[0].sequence if found else None


@shared_query(audiences.members)
def get_extent(ctx: SharedCtx[None], meeting_id: MeetingId) -> TranscriptExtent | None:
    """Return the size of a transcript; null before its first chunk. For members, in any state."""
    counters = totals.find(ctx, meeting_id)
    if counters is None:
        return None
    return TranscriptExtent(
        zero_ms=counters.zero_ms,
        first_ms=counters.first_ms,
        last_ms=counters.last_ms,
        last_sequence=counters.last_sequence,
        chunks=counters.chunks,
        words=counters.words,
    )


@shared_query(audiences.members)
def list_speakers(ctx: SharedCtx[None], meeting_id: MeetingId) -> list[SpeakerView]:
    """Return the members who spoke, the longest first. For members, also after the meeting has ended."""
    activity, counters = find_activity(ctx, meeting_id), totals.find(ctx, meeting_id)
    spoken = {} if activity is None else activity.speaking_ms
    chunks = {} if counters is None else counters.speakers
    cards: dict[UserId, UserCard] = {}
    found = [
        SpeakerView(
            user_id=one, user=card(ctx, one, cards), speaking_ms=spoken.get(one, 0.0), chunks=chunks.get(one, 0)
        )
        for one in {**spoken, **chunks}
    ]
    return sorted(found, key=lambda one: one.speaking_ms, reverse=True)


def _segment(one: Segment) -> SegmentView:
    return SegmentView(
        id=one.id,
        creation_time=one.creation_time,
        meeting_id=one.meeting_id,
        start_ms=one.start_ms,
        end_ms=one.end_ms,
        speakers=[one.speaker_id],
        text=one.text,
        topics=one.topics,
        created_at=one.created_at,
    )
