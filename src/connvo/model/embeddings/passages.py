"""Search over a member's meetings: by the words of a text and, with its vector, by its meaning.

Guarantees: only meetings of which the caller is a member are read, whatever is asked, and only reports of calls that
they were in.
"""

from collections.abc import Iterator, Sequence, Set
from typing import Literal, TypeAlias

import msgspec

from connvo.kernel.errors import Invalid
from connvo.model import embedding_tasks
from connvo.model.access import require_member, require_user
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.transcripts.searching import chunk_at
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
from connvo.schema.transcripts import Segment
from connvo.schema.users import User, UserId
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
    for place, score in ranking.merged(by_words, by_meaning)[: 2 * asked.limit]:
        meeting, hit = ctx.db.get(Meeting, place.meeting_id), hits[place]
        if meeting is None:
            continue
        way: FoundBy = "both" if place in by_words and place in by_meaning else "words"
        way = "meaning" if place not in by_words else way
        marked = [word for word in words if way != "meaning" or len(word) >= MIN_MARKED]
        ranked.append(_shown(ctx, meeting, place, hit, way, score, finding.spellings(marked, hit.shown)))
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
    places: list[_Place] = []
    for one in similar:
        found = _place_of(ctx, one.row)
        if found is not None:
            hits.setdefault(*found)
            places.append(found[0])
    return list(dict.fromkeys(places)), similar[0].score if similar else None


def _place_of(ctx: QueryCtx, row: Embedding) -> tuple[_Place, _Hit] | None:
    """Return the passage of a vector, None if it is gone."""
    if row.source_type == "transcriptSegment":
        segment = ctx.db.get(Segment, row.source_id)
        if segment is None:
            return None
        parts = passages_of(segment.text)
        said = parts[row.part] if row.part < len(parts) else segment.text
        hit = _hit_of_segment(segment, _cut(said), max(0, segment.text.find(said)))
        return _Place(segment.meeting_id, "transcript", segment.id), hit
    kind = _kind_of(row.source_type, row.part)
    if kind is None or kind == "transcript" or row.meeting_id is None:
        return None
    passage = ctx.db.first(Passage, "by_meeting", row.meeting_id, kind, row.part)
    if passage is None:
        return None
    return _Place(row.meeting_id, kind, str(row.part)), _hit_of(passage, _cut(passage.text))


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


def _shown(
    ctx: QueryCtx, meeting: Meeting, place: _Place, hit: _Hit, found_by: FoundBy, score: float, words: list[str]
) -> FoundPassage:
    user = None if hit.user_id is None else ctx.db.get(User, hit.user_id)
    chunk = None if hit.segment is None else chunk_at(ctx, hit.segment, hit.position)
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
