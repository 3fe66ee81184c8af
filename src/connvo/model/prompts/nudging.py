"""Nudges during calls: found each five seconds, shown one at a time.

Guarantees:
    A nudge is stored in the transaction that looked at the others of its meeting, so nodes and retries add no second.
    Each step is one transaction: a job that dies leaves nothing half done, and the next run looks again.
"""

from connvo.rules.prompts import nudges, rests
from connvo.rules.prompts.nudges import Nudge, Room
from connvo.rules.prompts.rests import Given
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.prompts import Prompt
from connvo.schema.users import UserId

from . import asks, records, views
from .room import room_of

SWEEP_SECONDS = 5.0
# Meetings that one transaction looks for, and at.
SEARCHED = 1_000
LOOKED_AT = 10
CLOSED = 500
MIN_JOINED = 2


@every(seconds=SWEEP_SECONDS)
@internal_mutation
def look_around(ctx: MutationCtx) -> None:
    """Close expired nudges, and have the active meetings looked at in which two or more members are."""
    close_expired(ctx)
    if ctx.settings.prompts.nudges:
        search(ctx)


@internal_mutation
def close_expired(ctx: MutationCtx) -> None:
    """Close a batch of nudges whose time is over; run again while there are more."""
    old = ctx.db.scan(Prompt, "by_expiry", "incall", True, until=ctx.now, limit=CLOSED)
    for prompt in old:
        records.close(ctx, prompt)
    if len(old) == CLOSED:
        ctx.scheduler.run_after(0, close_expired)


@internal_mutation
def search(ctx: MutationCtx, cursor: str | None = None) -> None:
    """Schedule the look at active meetings with two or more members, from a cursor on."""
    page = ctx.db.paginate(Meeting, "by_state", "active", cursor=cursor, size=SEARCHED)
    busy = [meeting.id for meeting in page.items if _is_busy(ctx, meeting.id)]
    for place in range(0, len(busy), LOOKED_AT):
        ctx.scheduler.run_after(0, look_at, meeting_ids=busy[place : place + LOOKED_AT])
    if not page.done:
        ctx.scheduler.run_after(0, search, cursor=page.cursor)


@internal_mutation
def look_at(ctx: MutationCtx, meeting_ids: list[MeetingId]) -> None:
    """Show the nudge that fits each of these meetings now, if any, and close those whose cause is over."""
    for meeting_id in meeting_ids:
        meeting = ctx.db.get(Meeting, meeting_id)
        if meeting is not None and meeting.state == "active":
            _look(ctx, meeting)


def _is_busy(ctx: QueryCtx, meeting_id: MeetingId) -> bool:
    return ctx.db.count(Participant, "by_meeting_presence", meeting_id, "joined", limit=MIN_JOINED) == MIN_JOINED


def _look(ctx: MutationCtx, meeting: Meeting) -> None:
    room = room_of(ctx, meeting)
    current = records.open_prompts(ctx, meeting.id, "incall")
    for prompt in current:
        _follow(ctx, prompt, room)
    if current:
        return
    given = _given(ctx, meeting.id)
    for nudge in nudges.due(room):
        if rests.may_come(nudge.kind, given, ctx.now) and _is_wanted(ctx, meeting.id, room, nudge):
            show(ctx, meeting.id, nudge)
            return
    may_ask = asks.is_on(ctx, meeting.id) and rests.may_come("suggestion", given, ctx.now)
    if may_ask and nudges.has_matter(room, asks.last_asked(ctx, meeting.id)):
        asks.queue(ctx, meeting.id, "incall")


def show_suggestion(ctx: MutationCtx, meeting: Meeting, content: str, cites: list[str], sources: list[str]) -> None:
    """Show a model's question, if a nudge of its kind may be shown now."""
    nudge = Nudge(
        kind="suggestion",
        content=content,
        relevance=nudges.RELEVANCE["suggestion"],
        cites=tuple(cites),
        sources=tuple(sources),
    )
    is_first = not records.open_prompts(ctx, meeting.id, "incall")
    may_come = rests.may_come(nudge.kind, _given(ctx, meeting.id), ctx.now)
    if is_first and may_come and _is_wanted(ctx, meeting.id, room_of(ctx, meeting), nudge):
        show(ctx, meeting.id, nudge)


def _given(ctx: QueryCtx, meeting_id: MeetingId) -> list[Given]:
    """Return the nudges of the last hour."""
    since = ctx.now - rests.HOUR_MS
    earlier = ctx.db.scan(Prompt, "by_time", meeting_id, "incall", after=since, limit=records.MAX_READ)
    return [Given(one.kind, one.created_at) for one in earlier]


def _follow(ctx: MutationCtx, prompt: Prompt, room: Room) -> None:
    """Close a nudge whose cause is over; a longer lull makes one more relevant."""
    about = [source.user_id for source in records.sources_of(ctx, prompt.id)]
    if nudges.has_passed(prompt.kind, room, prompt.created_at, about):
        records.close(ctx, prompt)
    elif prompt.kind == "silence":
        relevance = nudges.silence_relevance(room)
        if relevance is not None and relevance > prompt.relevance:
            ctx.db.patch(prompt, relevance=relevance, updated_at=ctx.now)


def _is_wanted(ctx: QueryCtx, meeting_id: MeetingId, room: Room, nudge: Nudge) -> bool:
    """Return whether any of those for whom a nudge is meant would see it: its kind may rest for all of them."""
    for person in room.members:
        is_meant = nudge.audience == "all" or (nudge.audience == "hosts" and person.is_host)
        if not is_meant and person.id != nudge.person:
            continue
        if not views.spares(records.feedback_of(ctx, meeting_id, UserId(person.id)), nudge.kind, ctx.now):
            return True
    return False


def show(ctx: MutationCtx, meeting_id: MeetingId, nudge: Nudge) -> None:
    """Store a nudge."""
    prompt = Prompt(
        meeting_id=meeting_id,
        type="incall",
        kind=nudge.kind,
        audience=nudge.audience,
        person_id=None if nudge.person is None else UserId(nudge.person),
        content=nudge.content,
        tags=(nudge.kind,),
        relevance=nudge.relevance,
        cites=nudge.cites,
        expires_at=ctx.now + rests.SHOWN_MS,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    records.insert(ctx, prompt, nudge.sources)
