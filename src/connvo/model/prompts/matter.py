"""The material of suggestions: what a language model may see of a meeting before it and during it.

Guarantees: no name, address, id or profile; before a call only what several members show to everyone.
"""

from collections.abc import Sequence

from connvo.model.meetings.members import find_person, members
from connvo.model.transcripts.paragraphs import run_of
from connvo.rules.meeting_states import is_open
from connvo.rules.prompts import nudges, openers
from connvo.rules.prompts.openers import Basis
from connvo.rules.prompts.suggestion_messages import Fact, Material, Moment
from connvo.rules.transcripts.segments import Run
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.prompts import PromptAsk
from connvo.schema.transcripts import Segment
from connvo.schema.users import UserId
from connvo.settings.ai import AUTO

from .basis import basis_of

# More than are spoken in ten minutes, and more than fit into a request.
MAX_LINES = 80
MAX_NAMES = 300


class Origin(Result, frozen=True, kw_only=True):
    """The source of a fact by its key: a segment, and the people whose profile or words it is."""

    key: str
    segment_id: str | None = None
    people: list[UserId] = []


class Matter(Result, frozen=True, kw_only=True):
    """The material, and the sources of its facts."""

    material: Material
    origins: list[Origin]


def matter_of(ctx: QueryCtx, ask: PromptAsk) -> Matter | None:
    """Return what a model may be shown of a meeting now; None if the moment is over, or there is too little."""
    meeting = ctx.db.get(Meeting, ask.meeting_id)
    if meeting is None or not is_open(meeting.state):
        return None
    if ask.type == "precall":
        facts, origins = facts_before(basis_of(ctx, meeting, ()))
    elif meeting.state == "active":
        facts, origins = _during(ctx, meeting.id)
    else:
        return None
    if not facts:
        return None
    return Matter(material=material_of(ctx, meeting.id, ask.type, facts), origins=origins)


def material_of(ctx: QueryCtx, meeting_id: MeetingId, moment: Moment, facts: Sequence[Fact]) -> Material:
    """Return facts as the material of a meeting."""
    language = ctx.settings.ai.language
    return Material(
        moment=moment,
        facts=tuple(facts),
        names=_names(ctx, meeting_id),
        language=None if language == AUTO else language,
    )


def facts_before(basis: Basis) -> tuple[list[Fact], list[Origin]]:
    """Return the title, and the interests and fields that several members show."""
    holders: dict[tuple[str, str], list[UserId]] = {}
    for person in basis.people:
        for label in person.interests.values():
            holders.setdefault(("interest", label), []).append(UserId(person.id))
        if person.field is not None:
            holders.setdefault(("field", person.field), []).append(UserId(person.id))
    fields = [key for key in holders if key[0] == "field"]
    found: list[tuple[str, str, list[UserId]]] = [("title", basis.title, [])] if basis.title.strip() else []
    for (kind, text), people in sorted(holders.items()):
        # An interest of one person alone is no subject of the meeting; different fields are.
        if len(people) >= openers.SHARED_BY or (kind == "field" and len(fields) >= openers.SHARED_BY):
            found.append((kind, text, people))
    keyed = [(f"f{number}", *one) for number, one in enumerate(found, 1)]
    facts = [Fact(key, kind, " ".join(text.split())) for key, kind, text, _ in keyed]
    return facts, [Origin(key=key, people=people) for key, _, _, people in keyed]


def lines_of(runs: Sequence[Run]) -> list[Fact]:
    """Return paragraphs of a call as facts, under keys of their speakers."""
    speakers: dict[str, str] = {}
    for run in runs:
        speakers.setdefault(run.speaker, f"p{len(speakers) + 1}")
    return [Fact(f"s{number}", speakers[run.speaker], run.text) for number, run in enumerate(runs, 1)]


def _during(ctx: QueryCtx, meeting_id: MeetingId) -> tuple[list[Fact], list[Origin]]:
    """Return the last lines of a call."""
    since = ctx.now - nudges.SILENT_WINDOW_MS
    newest = ctx.db.scan(Segment, "by_start", meeting_id, since=since, reverse=True, limit=MAX_LINES)[::-1]
    facts = lines_of([run_of(one) for one in newest])
    pairs = zip(facts, newest, strict=True)
    return facts, [Origin(key=fact.key, segment_id=one.id, people=[one.speaker_id]) for fact, one in pairs]


def _names(ctx: QueryCtx, meeting_id: MeetingId) -> tuple[str, ...]:
    people = [find_person(ctx, one.user_id) for one in members(ctx, meeting_id)[:MAX_NAMES]]
    return tuple(one.display_name for one in people if one is not None and one.display_name)
