"""The sources of a report: the people of a meeting, and its transcript in parts."""

from datetime import datetime
from zoneinfo import ZoneInfo

from connvo.model.meetings.members import time_of
from connvo.model.transcripts import paragraphs, totals
from connvo.rules.insights.report import Attendee, Minutes
from connvo.rules.insights.report import Segment as Spoken
from connvo.runtime.context import ActionCtx, QueryCtx
from connvo.runtime.function import internal_query
from connvo.runtime.wire import PaginationOptions, Result
from connvo.schema.insights import InsightStepId
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.transcripts import Segment

from . import attendees, steps

MS = 1000.0
# A segment has at most 600 chunks, so that a part stays below the number of rows that a query may read.
PART = 40
# More than a person says in a day.
MAX_WORDS = 250_000


class MinutesHead(Result, frozen=True, kw_only=True):
    """A meeting without its transcript; `words` are those of the transcript."""

    meeting_id: MeetingId
    attendees: tuple[Attendee, ...]
    day: str
    language: str | None = None
    words: int


class TranscriptPart(Result, frozen=True, kw_only=True):
    """Segments in order; `cursor` continues after them until `done`."""

    segments: tuple[Spoken, ...]
    cursor: str
    done: bool


@internal_query
def minutes_head(ctx: QueryCtx, step_id: InsightStepId, attempt: float) -> MinutesHead | None:
    """Return what a step needs to know of its meeting; None if another attempt has taken its place."""
    step = steps.find_claimed(ctx, step_id, attempt)
    return None if step is None else meeting_head(ctx, step.meeting_id)


@internal_query
def meeting_head(ctx: QueryCtx, meeting_id: MeetingId) -> MinutesHead | None:
    """Return a meeting without its transcript; None if there is no such meeting."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None:
        return None
    counters = totals.find(ctx, meeting.id)
    people = attendees.people(ctx, meeting.id)
    return MinutesHead(
        meeting_id=meeting.id,
        attendees=tuple(Attendee(id=user.id, name=user.display_name) for user in people),
        day=day_of(meeting, ctx.settings.ai.zone),
        language=None if counters is None else spoken_language(counters.languages),
        words=0 if counters is None else counters.words,
    )


@internal_query
def transcript_part(ctx: QueryCtx, meeting_id: MeetingId, options: PaginationOptions) -> TranscriptPart:
    """Return a page of the segments of a transcript."""
    page = ctx.db.paginate(Segment, "by_start", meeting_id, cursor=options.cursor, size=PART)
    segments = tuple(_spoken(ctx, segment) for segment in page.items)
    return TranscriptPart(segments=segments, cursor=page.cursor, done=page.done)


async def read_minutes(ctx: ActionCtx, head: MinutesHead) -> Minutes:
    """Return a meeting with its whole transcript, read in parts so that no query takes long."""
    found: list[Spoken] = []
    cursor, done = None, False
    while not done:
        options = PaginationOptions(num_items=PART, cursor=cursor)
        part = await ctx.run_query(transcript_part, meeting_id=head.meeting_id, options=options)
        found += part.segments
        cursor, done = part.cursor, part.done
    return Minutes(segments=tuple(found), attendees=head.attendees, day=head.day, language=head.language)


def day_of(meeting: Meeting, zone: str) -> str:
    """Return the day on which a meeting began, in a time zone."""
    return datetime.fromtimestamp(time_of(meeting) / MS, ZoneInfo(zone)).date().isoformat()


def spoken_language(counts: dict[str, int]) -> str | None:
    """Return the language that recognisers named for most chunks; None if they named none for most of them."""
    known = {language: count for language, count in counts.items() if language != totals.UNKNOWN_LANGUAGE}
    if not known or sum(known.values()) * 2 <= sum(counts.values()):
        return None
    return max(known, key=lambda language: (known[language], language))


def _spoken(ctx: QueryCtx, segment: Segment) -> Spoken:
    return Spoken(
        id=segment.id,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        speaker_id=segment.speaker_id,
        text=segment.text,
        starts=paragraphs.starts_of(ctx, segment),
    )
