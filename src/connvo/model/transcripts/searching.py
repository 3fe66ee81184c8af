"""Search in transcripts: of one meeting by a scan of its segments, of all meetings of a member by their terms."""

from collections.abc import Sequence
from itertools import islice

from connvo.model.meetings.views import UserCard
from connvo.model.pagination import PaginationOpts, page_size
from connvo.rules.transcripts import finding
from connvo.rules.transcripts.finding import Query
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.transcripts import Chunk, ChunkId, Segment, SegmentId
from connvo.schema.users import UserId
from connvo.store.snapshot import Page
from connvo.store.text_search import TermQuery

from . import paragraphs
from .views import cards_of

MAX_HITS = 50
# Some segments with all terms of a query do not match it: scripts without spaces are indexed by pairs of characters.
CANDIDATES = 2 * MAX_HITS
MAX_SCANNED = 20_000


class TranscriptHit(Result, frozen=True, kw_only=True):
    """A segment with all words of a query. The chunk with the first of them is absent once it was deleted.

    Times in milliseconds; `snippet` has the words around the match.
    """

    meeting_id: MeetingId
    segment_id: SegmentId
    chunk_id: ChunkId | None = None
    sequence: float
    speaker_id: UserId
    speaker: UserCard
    start_ms: float
    end_ms: float
    snippet: str


def find_in(ctx: QueryCtx, meeting_id: MeetingId, query: Query) -> list[TranscriptHit]:
    """Return up to 50 segments that match a query, in order."""
    return _hits(ctx, query, ctx.db.scan(Segment, "by_start", meeting_id, limit=MAX_SCANNED))


def find_everywhere(
    ctx: QueryCtx, user_id: UserId, query: Query, options: PaginationOpts
) -> tuple[list[TranscriptHit], Page[Participant]]:
    """Return up to 50 segments that match a query, the newest first, in a page of a member's meetings.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    page = ctx.db.paginate(
        Participant,
        "by_user",
        user_id,
        cursor=options.cursor,
        size=page_size(options),
        reverse=True,
        end=options.end_cursor,
    )
    meetings = [member.meeting_id for member in page.items]
    if not meetings:
        return [], page
    scopes = tuple(map(finding.scope_of, meetings))
    asked = TermQuery(any_of=scopes, all_of=tuple(finding.terms_for(query)))
    return _hits(ctx, query, ctx.db.search(Segment, "by_start", meetings, asked, CANDIDATES)), page


def chunks_at(ctx: QueryCtx, places: Sequence[tuple[Segment, int]]) -> list[Chunk | None]:
    """Return the chunk whose text is at each position of a segment, in one round trip."""
    found = paragraphs.chunks_of_each(ctx, [segment for segment, _ in places])
    return [_at(chunks, position) for chunks, (_, position) in zip(found, places, strict=True)]


def _hits(ctx: QueryCtx, query: Query, candidates: list[Segment]) -> list[TranscriptHit]:
    """Return the first 50 segments that match a query, in the order of the candidates."""
    matching = ((one, match) for one in candidates if (match := finding.find(query, one.text)) is not None)
    found = list(islice(matching, MAX_HITS))
    chunks = chunks_at(ctx, [(segment, match.start) for segment, match in found])
    cards = cards_of(ctx, [segment.speaker_id for segment, _ in found])
    return [
        _hit(segment, match, chunk, cards[segment.speaker_id])
        for (segment, match), chunk in zip(found, chunks, strict=True)
    ]


def _hit(segment: Segment, match: finding.Match, chunk: Chunk | None, speaker: UserCard) -> TranscriptHit:
    return TranscriptHit(
        meeting_id=segment.meeting_id,
        segment_id=segment.id,
        chunk_id=None if chunk is None else chunk.id,
        sequence=segment.first_sequence if chunk is None else chunk.sequence,
        speaker_id=segment.speaker_id,
        speaker=speaker,
        start_ms=segment.start_ms if chunk is None else chunk.start_ms,
        end_ms=segment.end_ms if chunk is None else chunk.end_ms,
        snippet=match.snippet,
    )


def _at(chunks: list[Chunk], position: int) -> Chunk | None:
    """Return the chunk whose text is at a position of the segment that they are."""
    for chunk in chunks:
        if position <= len(chunk.text):
            return chunk
        position -= len(chunk.text) + 1
    return None
