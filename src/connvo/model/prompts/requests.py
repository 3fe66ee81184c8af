"""The requests for suggestions of a meeting, for operators: the last that was made at each moment, or would be now.

A request is stored nowhere. It is made again from the time of its call, the words that were there by then, and the
profiles of today.
"""

from connvo.model.transcripts.paragraphs import piece_of
from connvo.rules.meeting_states import is_open
from connvo.rules.prompts import nudges
from connvo.rules.prompts.suggestion_messages import Fact, Material
from connvo.rules.transcripts import segments
from connvo.rules.transcripts.chunks import MAX_SKEW_MS
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import internal_query
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.prompts import PromptType
from connvo.schema.transcripts import Chunk, Segment

from . import asks
from .basis import basis_of
from .matter import MAX_LINES, facts_before, lines_of, material_of

# More than fit into a request, however short they are.
MAX_CHUNKS = 1_000


@internal_query
def materials(ctx: QueryCtx, meeting_id: MeetingId) -> list[Material]:
    """Return the material of the last request before a call and of the last one during it, as far as there are any."""
    meeting = ctx.db.get(Meeting, meeting_id)
    if meeting is None:
        return []
    found: list[Material] = []
    for kind in asks.TYPES:
        at = _time_of(ctx, meeting, kind)
        facts = [] if at is None else _facts(ctx, meeting, kind, at)
        if facts:
            found.append(material_of(ctx, meeting_id, kind, facts))
    return found


def _time_of(ctx: QueryCtx, meeting: Meeting, kind: PromptType) -> float | None:
    """Return when the last request was made; now, if one may be made; else None."""
    ask = asks.find(ctx, meeting.id, kind)
    if ask is not None and ask.asked_at is not None:
        return ask.asked_at
    is_time = is_open(meeting.state) if kind == "precall" else meeting.state == "active"
    return ctx.now if is_time and asks.is_on(ctx, meeting.id) else None


def _facts(ctx: QueryCtx, meeting: Meeting, kind: PromptType, at: float) -> list[Fact]:
    if kind == "precall":
        return facts_before(basis_of(ctx, meeting, ()))[0]
    since = at - nudges.SILENT_WINDOW_MS
    first = ctx.db.scan(Segment, "by_start", meeting.id, since=since, limit=1)
    if not first:
        return []
    # Paragraphs grow, so those of that time are made again from the chunks that were there.
    begun, until = first[0].start_ms, at + MAX_SKEW_MS
    newest = ctx.db.scan(Chunk, "by_start", meeting.id, since=begun, until=until, reverse=True, limit=MAX_CHUNKS)
    runs = segments.group(piece_of(chunk) for chunk in newest if chunk.created_at < at)
    return lines_of(runs[-MAX_LINES:])
