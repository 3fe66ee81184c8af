"""Search over a member's meetings: by the words of a text and, with its vector, by its meaning.

Guarantees: only meetings of which the caller is a member are read, whatever is asked, and only reports of calls that
they were in.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Literal, TypeAlias

import msgspec

from connvo.kernel.errors import Invalid
from connvo.model import embedding_tasks
from connvo.model.access import require_member, require_user
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.transcripts.searching import chunks_at
from connvo.providers.embeddings.factory import least_shown_of
from connvo.rules.embeddings import ranking
from connvo.rules.embeddings.parts import passages_of
from connvo.rules.embeddings.repeats import Shown, without_repeats
from connvo.rules.transcripts import finding
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import internal_query
from connvo.runtime.wire import Result
from connvo.schema.embeddings import Embedding, Passage, PassageKind
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.transcripts import Chunk, Segment
from connvo.schema.users import User, UserId
from connvo.store.query import Span
from connvo.store.text_search import TermQuery
from connvo.store.vector_rows import Tags

from . import scopes, similarity
from .sources import meeting_scope, report_scope

FoundKind: TypeAlias = Literal["title", "note", "report", "chat", "transcript"]
FoundBy: TypeAlias = Literal["words", "meaning", "both"]

# The hits of each of both ways that are ranked together.
CANDIDATES = 200
# The meetings of one search by words in the database.
MEETINGS_AT_ONCE = 100
SHOWN_CHARACTERS = 280
# In a passage that is found by its meaning alone, shorter words say nothing about why.
MIN_MARKED = 4
ELLIPSIS = "…"


class FoundPassage(Result, frozen=True, kw_only=True):
    """A passage of a meeting. `at` and `meetingAt` in ms; `at` is the moment in the meeting, if it has one.

    `user` is the person who said or wrote it. `itemId` is the segment, the item of the report or the message. `words`
    are those of the search that the passage has, as it spells them.
    """

    meeting_id: MeetingId
    meeting_title: str
    meeting_at: float
    kind: FoundKind
    passage: str
    words: list[str]
    found_by: FoundBy
    score: float
    user: UserCard | None = None
    item_id: str | None = None
    at: float | None = None


class Found(Result, frozen=True, kw_only=True):
    """The passages, best first. Without `complete`, the caller has more meetings than one search covers."""

    results: list[FoundPassage]
    complete: bool
    best: float | None = None


class Asked(Result, frozen=True, kw_only=True):
    """A search: the text, how its vector was made, and its filters; times in ms."""

    text: str
    model: str | None = None
    vector: bytes | None = None
    meeting_id: MeetingId | None = None
    kinds: list[FoundKind] | None = None
    user_id: UserId | None = None
    since: float | None = None
    until: float | None = None
    limit: int = 20


class _Place(msgspec.Struct, frozen=True):
    """A passage by its place: a segment, or a part of one kind of a meeting's texts."""

    meeting_id: MeetingId
    kind: FoundKind
    key: str


class _Hit(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a passage and where it leads."""

    shown: str
    user_id: UserId | None
    item_id: str | None
    at: float | None
    segment: Segment | None = None
    position: int = 0


class _Around(msgspec.Struct, frozen=True, kw_only=True):
    """The meetings and users of some passages by their ids, and the chunks of those that were said."""

    meetings: Mapping[str, Meeting]
    users: Mapping[str, User]
    chunks: Mapping[_Place, Chunk]


@internal_query
def find_passages(ctx: QueryCtx, asked: Asked) -> Found:
    """Return the passages of the caller's meetings that match by words or by meaning.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member of the meeting that is asked for.
        ServiceUnavailable: The vectors are still being loaded.
    """
    caller = require_user(ctx)
    if asked.meeting_id is None:
        members = scopes.memberships(ctx, caller.id)
        complete = len(members) < scopes.MAX_SCOPES
    else:
        members, complete = [require_member(ctx, asked.meeting_id)[1]], True
    within = [member for member in members if _is_within(member, asked)]
    ids = [member.meeting_id for member in within]
    reports = {member.meeting_id for member in within if scopes.reads_report(ctx, member)}
    hits: dict[_Place, _Hit] = {}
    by_words = list(dict.fromkeys(_by_words(ctx, ids, reports, asked, hits)))
    by_meaning, best = _by_meaning(ctx, ids, reports, asked, hits)
    ranked: list[FoundPassage] = []
    words = finding.words_of(asked.text)
    # More than are asked for, as some may say the same.
    best_places = ranking.merged(by_words, by_meaning)[: 2 * asked.limit]
    shown = _read_around(ctx, {place: hits[place] for place, _ in best_places})
    for place, score in best_places:
        hit = hits[place]
        if place.meeting_id not in shown.meetings:
            continue
        way: FoundBy = "both" if place in by_words and place in by_meaning else "words"
        way = "meaning" if place not in by_words else way
        marked = [word for word in words if way != "meaning" or len(word) >= MIN_MARKED]
        ranked.append(_shown(shown, place, hit, way, score, finding.spellings(marked, hit.shown)))
    kept = without_repeats([Shown(one.meeting_id, one.kind, one.passage, one.at) for one in ranked])
    found = [ranked[place] for place in kept[: asked.limit]]
    return Found(results=found, complete=complete, best=best)


def _is_within(member: Participant, asked: Asked) -> bool:
    at = member.meeting_created_at if member.meeting_at is None else member.meeting_at
    return (asked.since is None or at >= asked.since) and (asked.until is None or at <= asked.until)


def _by_words(
    ctx: QueryCtx, meetings: Sequence[MeetingId], reports: Set[MeetingId], asked: Asked, hits: dict[_Place, _Hit]
) -> Iterator[_Place]:
    """Yield the places with all words of the text, the newest first; `reports`: meetings whose report is read."""
    try:
        query = finding.query_of(asked.text, is_open=False)
    except Invalid:
        return  # too long to be a list of words; its meaning is searched
    terms = tuple(finding.terms_for(query))
    for first in range(0, len(meetings), MEETINGS_AT_ONCE):
        some = meetings[first : first + MEETINGS_AT_ONCE]
        wanted = TermQuery(any_of=tuple(map(finding.scope_of, some)), all_of=terms)
        if _asks_for(asked, "title", "note", "report", "chat"):
            for passage in ctx.db.search(Passage, "by_meeting", some, wanted, CANDIDATES):
                if passage.kind == "report" and passage.meeting_id not in reports:
                    continue
                match = finding.find(query, passage.text)
                if match is not None and _asks_for(asked, passage.kind) and _is_of(asked, passage.owner_id):
                    place = _Place(passage.meeting_id, passage.kind, str(passage.part))
                    hits.setdefault(place, _hit_of(passage, match.snippet))
                    yield place
        if _asks_for(asked, "transcript"):
            for segment in ctx.db.search(Segment, "by_start", some, wanted, CANDIDATES):
                match = finding.find(query, segment.text)
                if match is not None and _is_of(asked, segment.speaker_id):
                    place = _Place(segment.meeting_id, "transcript", segment.id)
                    hits.setdefault(place, _hit_of_segment(segment, match.snippet, match.start))
                    yield place


def _by_meaning(
    ctx: QueryCtx, meetings: Sequence[MeetingId], reports: Set[MeetingId], asked: Asked, hits: dict[_Place, _Hit]
) -> tuple[list[_Place], float | None]:
    """Return the places whose text is similar, best first, and the score of the best."""
    if asked.vector is None or asked.model is None or not meetings:
        return [], None

    def accept(tags: Tags) -> bool:
        kind = _kind_of(tags[similarity.SOURCE_TYPE], int(tags[similarity.PART]))
        return kind is not None and _asks_for(asked, kind) and _is_of(asked, tags[similarity.OWNER] or None)

    similar = similarity.search(
        ctx,
        asked.model,
        asked.vector,
        [*map(meeting_scope, meetings), *map(report_scope, sorted(reports))],
        least=least_shown_of(ctx.settings.embeddings, asked.model),
        limit=CANDIDATES,
        accept=accept if asked.kinds is not None or asked.user_id is not None else None,
    )
    found = _places_of(ctx, [one.row for one in similar])
    for place, hit in found:
        hits.setdefault(place, hit)
    places = [place for place, _ in found]
    return list(dict.fromkeys(places)), similar[0].score if similar else None


def _places_of(ctx: QueryCtx, rows: Sequence[Embedding]) -> list[tuple[_Place, _Hit]]:
    """Return the passages of vectors in their order, without those that are gone, in one round trip for each table."""
    segments = ctx.db.get_each(Segment, [row.source_id for row in rows if row.source_type == "transcriptSegment"])
    written = {place: row for row in rows if (place := _place_of(row)) is not None}
    spans = [Span(prefix=(place.meeting_id, place.kind, row.part)) for place, row in written.items()]
    passages = dict(zip(written, ctx.db.scan_each(Passage, "by_meeting", spans), strict=True))
    found: list[tuple[_Place, _Hit]] = []
    for row in rows:
        place, segment = _place_of(row), segments.get(row.source_id)
        if place is not None:
            found += [(place, _hit_of(one, _cut(one.text))) for one in passages[place][:1]]
        elif segment is not None:
            found.append(_said(segment, row.part))
    return found


def _said(segment: Segment, part: int) -> tuple[_Place, _Hit]:
    """Return the passage of a vector of a part of a segment."""
    parts = passages_of(segment.text)
    said = parts[part] if part < len(parts) else segment.text
    hit = _hit_of_segment(segment, _cut(said), max(0, segment.text.find(said)))
    return _Place(segment.meeting_id, "transcript", segment.id), hit


def _place_of(row: Embedding) -> _Place | None:
    """Return the place of the written passage of a vector; None for spoken ones, and texts outside meetings."""
    kind = _kind_of(row.source_type, row.part)
    if kind is None or kind == "transcript" or row.meeting_id is None:
        return None
    return _Place(row.meeting_id, kind, str(row.part))


def _kind_of(source_type: str, part: int) -> FoundKind | None:
    match source_type:
        case "transcriptSegment":
            return "transcript"
        case "note":
            return "note"
        case "meeting":
            kinds: tuple[PassageKind, ...] = ("chat", "report", "title")
            return next(kind for kind in kinds if part >= embedding_tasks.FIRST_PART[kind])
    return None


def _asks_for(asked: Asked, *kinds: FoundKind) -> bool:
    return asked.kinds is None or any(kind in asked.kinds for kind in kinds)


def _is_of(asked: Asked, owner: str | None) -> bool:
    return asked.user_id is None or asked.user_id == owner


def _hit_of(passage: Passage, shown: str) -> _Hit:
    return _Hit(shown=shown, user_id=passage.owner_id, item_id=passage.item_id, at=passage.at)


def _hit_of_segment(segment: Segment, shown: str, position: int) -> _Hit:
    return _Hit(
        shown=shown,
        user_id=segment.speaker_id,
        item_id=segment.id,
        at=segment.start_ms,
        segment=segment,
        position=position,
    )


def _read_around(ctx: QueryCtx, hits: Mapping[_Place, _Hit]) -> _Around:
    """Read what is shown of some passages, in one round trip for each table."""
    said = [(place, hit.segment, hit.position) for place, hit in hits.items() if hit.segment is not None]
    chunks = chunks_at(ctx, [(segment, position) for _, segment, position in said])
    return _Around(
        meetings=ctx.db.get_each(Meeting, [place.meeting_id for place in hits]),
        users=ctx.db.get_each(User, [hit.user_id for hit in hits.values() if hit.user_id is not None]),
        chunks={place: chunk for (place, _, _), chunk in zip(said, chunks, strict=True) if chunk is not None},
    )


def _shown(
    around: _Around, place: _Place, hit: _Hit, found_by: FoundBy, score: float, words: list[str]
) -> FoundPassage:
    meeting, chunk = around.meetings[place.meeting_id], around.chunks.get(place)
    user = None if hit.user_id is None else around.users.get(hit.user_id)
    return FoundPassage(
        meeting_id=meeting.id,
        meeting_title=meeting.title,
        meeting_at=meeting.started_at or meeting.scheduled_at or meeting.created_at,
        kind=place.kind,
        passage=hit.shown,
        words=words,
        found_by=found_by,
        score=round(score, 6),
        user=None if user is None else card_of(user),
        item_id=hit.item_id,
        at=hit.at if chunk is None else chunk.start_ms,
    )


def _cut(text: str) -> str:
    """Return the beginning of a text, to the end of a word."""
    whole = " ".join(text.split())
    if len(whole) <= SHOWN_CHARACTERS:
        return whole
    return whole[:SHOWN_CHARACTERS].rpartition(" ")[0] + ELLIPSIS
