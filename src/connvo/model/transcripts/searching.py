"""Search in transcripts: of one meeting by a scan of its segments, of all meetings of a member by their terms."""

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
from .views import card

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
    cards: dict[UserId, UserCard] = {}
    hits: list[TranscriptHit] = []
    for segment in ctx.db.scan(Segment, "by_start", meeting_id, limit=MAX_SCANNED):
        match = finding.find(query, segment.text)
        if match is not None:
            hits.append(_hit(ctx, segment, match, cards))
            if len(hits) == MAX_HITS:
                break
    return hits


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
    cards: dict[UserId, UserCard] = {}
    hits: list[TranscriptHit] = []
    for segment in ctx.db.search(Segment, "by_start", meetings, asked, CANDIDATES):
        match = finding.find(query, segment.text)
        if match is not None and len(hits) < MAX_HITS:
            hits.append(_hit(ctx, segment, match, cards))
    return hits, page


def _hit(ctx: QueryCtx, segment: Segment, match: finding.Match, cards: dict[UserId, UserCard]) -> TranscriptHit:
    chunk = chunk_at(ctx, segment, match.start)
    return TranscriptHit(
        meeting_id=segment.meeting_id,
        segment_id=segment.id,
        chunk_id=None if chunk is None else chunk.id,
        sequence=segment.first_sequence if chunk is None else chunk.sequence,
        speaker_id=segment.speaker_id,
        speaker=card(ctx, segment.speaker_id, cards),
        start_ms=segment.start_ms if chunk is None else chunk.start_ms,
        end_ms=segment.end_ms if chunk is None else chunk.end_ms,
        snippet=match.snippet,
    )


def chunk_at(ctx: QueryCtx, segment: Segment, position: int) -> Chunk | None:
    """Return the chunk whose text is at a position of its segment."""
    for chunk in paragraphs.chunks_of(ctx, segment):
        if position <= len(chunk.text):
            return chunk
        position -= len(chunk.text) + 1
    return None
