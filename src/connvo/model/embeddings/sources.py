"""The texts of a source, in parts, as they are now.

Guarantees:
    A profile's text has no name, age, gender, company or address.
    A part that has not changed keeps its number as long as those before it keep their length; one of notes always does.
"""

from collections.abc import Iterable, Iterator
from itertools import count

import msgspec

from connvo.model.embedding_tasks import FIRST_PART, MOST_PASSAGES, RANGE
from connvo.model.insights import reports
from connvo.model.meetings.activity import find_activity
from connvo.model.notes import heads, revisions
from connvo.model.users.interest_choices import choices_of, in_catalogue
from connvo.rules.embeddings.parts import parts_of, passages_of
from connvo.runtime.context import QueryCtx
from connvo.schema.chat import ChatMessage
from connvo.schema.embeddings import Passage, PassageKind, SourceType, TaskKind
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.profiles import Profile, ProfileId
from connvo.schema.transcripts import Segment, SegmentId
from connvo.schema.users import UserId

MAX_MESSAGES = 5_000
# Messages of one person in a row are one passage, up to so many words and within so long.
CHAT_WORDS = 40
CHAT_GAP_MS = 5 * 60 * 1000.0
SENTENCE = ". "


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a source: its text, and where it leads; `at` in ms."""

    part: int
    text: str
    owner_id: UserId | None = None
    item_id: str | None = None
    at: float | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source with its parts, which are numbered from `first` to before `end`; `kind` is that of its passages."""

    source_type: SourceType
    source_id: str
    scope: str
    meeting_id: MeetingId | None = None
    kind: PassageKind | None = None
    pieces: tuple[Piece, ...]
    first: int = 0
    end: int = RANGE


def user_scope(user_id: UserId) -> str:
    """Return the scope of what one person may read."""
    return f"user:{user_id}"


def meeting_scope(meeting_id: MeetingId) -> str:
    """Return the scope of what the members of a meeting may read."""
    return f"meeting:{meeting_id}"


def report_scope(meeting_id: MeetingId) -> str:
    """Return the scope of the report of a meeting, which only members who were in the call may read."""
    return f"report:{meeting_id}"


def read(ctx: QueryCtx, kind: TaskKind, source_id: str) -> Source | None:
    """Return a source as it is now, or None if it is gone."""
    match kind:
        case "profile":
            return _profile(ctx, ProfileId(source_id))
        case "transcriptSegment":
            return _segment(ctx, SegmentId(source_id))
    meeting = ctx.db.get(Meeting, source_id)
    if meeting is None:
        return None
    match kind:
        case "note":
            return _notes(ctx, meeting.id)
        case "report":
            return _of_meeting(meeting.id, "report", _report(ctx, meeting.id))
        case "chat":
            return _of_meeting(meeting.id, "chat", _chat(ctx, meeting.id))
        case "meeting":
            return _of_meeting(meeting.id, "title", _title(ctx, meeting))


def interests_of(ctx: QueryCtx, user_id: UserId) -> list[str]:
    """Return the labels of the interests that a user has chosen."""
    labels: list[str] = []
    for choice in choices_of(ctx, user_id):
        entry = None if choice.label is not None else in_catalogue(ctx, choice.interest_key)
        labels.append(choice.label or (choice.interest_key if entry is None else entry.label))
    return sorted(labels)


def _profile(ctx: QueryCtx, profile_id: ProfileId) -> Source | None:
    profile = ctx.db.get(Profile, profile_id)
    if profile is None:
        return None
    said = (profile.goals, profile.bio, profile.job_title, profile.field, profile.experience)
    interests = ", ".join(interests_of(ctx, profile.user_id))
    text = SENTENCE.join(part.rstrip(" .") for part in (*said, interests) if part)
    return Source(
        source_type="profile",
        source_id=profile.id,
        scope=user_scope(profile.user_id),
        pieces=tuple(_numbered(0, parts_of(text), profile.user_id)),
    )


def _segment(ctx: QueryCtx, segment_id: SegmentId) -> Source | None:
    segment = ctx.db.get(Segment, segment_id)
    if segment is None:
        return None
    return Source(
        source_type="transcriptSegment",
        source_id=segment.id,
        scope=meeting_scope(segment.meeting_id),
        meeting_id=segment.meeting_id,
        pieces=tuple(_numbered(0, passages_of(segment.text), segment.speaker_id)),
    )


def _notes(ctx: QueryCtx, meeting_id: MeetingId) -> Source | None:
    head = heads.find(ctx, meeting_id)
    if head is None:
        return None
    return Source(
        source_type="note",
        source_id=head.id,
        scope=meeting_scope(meeting_id),
        meeting_id=meeting_id,
        kind="note",
        pieces=tuple(_numbered_as_stored(ctx, meeting_id, passages_of(revisions.text_now(ctx, head)))),
    )


def _numbered_as_stored(ctx: QueryCtx, meeting_id: MeetingId, texts: list[str]) -> Iterator[Piece]:
    """Yield the passages of notes; one that is stored keeps its number, as lines above it come and go."""
    stored: dict[str, list[int]] = {}
    for row in ctx.db.scan(Passage, "by_meeting", meeting_id, "note", limit=MOST_PASSAGES):
        stored.setdefault(row.text, []).append(row.part)
    kept = [parts.pop(0) if (parts := stored.get(text)) else None for text in texts]
    taken = set(kept)
    free = (part for part in count() if part not in taken)
    for text, part in zip(texts, kept, strict=True):
        yield Piece(part=next(free) if part is None else part, text=text)


def _of_meeting(meeting_id: MeetingId, kind: PassageKind, pieces: Iterable[Piece]) -> Source:
    first = FIRST_PART[kind]
    kept = [piece for piece in pieces if piece.part < first + RANGE]
    return Source(
        source_type="meeting",
        source_id=meeting_id,
        scope=report_scope(meeting_id) if kind == "report" else meeting_scope(meeting_id),
        meeting_id=meeting_id,
        kind=kind,
        pieces=tuple(kept),
        first=first,
        end=first + RANGE,
    )


def _title(ctx: QueryCtx, meeting: Meeting) -> list[Piece]:
    activity = find_activity(ctx, meeting.id)
    topics = "" if activity is None else ", ".join(activity.topics)
    texts = [part for part in (meeting.title, meeting.description, topics) if part]
    return _numbered(FIRST_PART["title"], passages_of("\n".join(texts)))


def _report(ctx: QueryCtx, meeting_id: MeetingId) -> list[Piece]:
    row = reports.find(ctx, meeting_id)
    items = () if row is None else row.report.items
    return [
        Piece(part=number, text=item.text, item_id=item.id, at=item.cites[0].start_ms if item.cites else None)
        for number, item in enumerate(items, start=FIRST_PART["report"])
    ]


def _chat(ctx: QueryCtx, meeting_id: MeetingId) -> list[Piece]:
    groups: list[list[ChatMessage]] = []
    words = 0
    for message in ctx.db.scan(ChatMessage, "by_meeting", meeting_id, limit=MAX_MESSAGES):
        size = len(message.text.split())
        last = groups[-1][-1] if groups else None
        near = last is not None and message.created_at - last.created_at <= CHAT_GAP_MS
        if last is not None and near and last.sender_id == message.sender_id and words + size <= CHAT_WORDS:
            groups[-1].append(message)
            words += size
        else:
            groups.append([message])
            words = size
    return [
        Piece(
            part=number,
            text="\n".join(message.text for message in group),
            owner_id=group[0].sender_id,
            item_id=group[0].id,
            at=group[0].created_at,
        )
        for number, group in enumerate(groups, start=FIRST_PART["chat"])
    ]


def _numbered(first: int, texts: list[str], owner: UserId | None = None) -> list[Piece]:
    return [Piece(part=number, text=text, owner_id=owner) for number, text in enumerate(texts, start=first)]
