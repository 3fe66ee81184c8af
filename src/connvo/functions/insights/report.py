"""The report of a meeting, as the people who were in the call read, edit and rate it."""

from msgspec import UNSET, UnsetType

from connvo.kernel.errors import InsufficientRole, Invalid
from connvo.model.access import require_meeting, require_role
from connvo.model.insights import attendees, pipeline, reports, runs, switch
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.rate_limits import charge
from connvo.rules.insights import revisions
from connvo.rules.insights.report import Item, Report
from connvo.runtime.context import MutationCtx, QueryCtx, SharedCtx
from connvo.runtime.function import mutation, query, shared_query
from connvo.runtime.wire import Result
from connvo.schema.insights import ItemKind, ItemRating, ItemVote, MeetingReport, RunReason, RunState
from connvo.schema.meetings import MeetingId
from connvo.schema.users import User, UserId

ACTION = "reportEdits"
BURST, RATE = 60.0, 1.0
MOST_RATINGS = 200
NOT_THERE = "An owner is a person who was in the call"


class CiteView(Result, frozen=True, kw_only=True):
    """A segment of the transcript, and the start of the words in it on which the statement rests, in ms."""

    segment_id: str
    start_ms: float


class ItemView(Result, frozen=True, kw_only=True):
    """A statement with the segments that it rests on.

    An action may have an owner and a date: `dueWords` as they were said, `dueOn` the day that they mean if it is clear.
    `askedBy` is a question's. `edited`: a person wrote the text.
    """

    item_id: str
    kind: ItemKind
    text: str
    cites: list[CiteView]
    edited: bool
    owner_id: UserId | None = None
    due_words: str | None = None
    due_on: str | None = None
    asked_by: UserId | None = None
    done: bool | None = None


class SpeakerShare(Result, frozen=True, kw_only=True):
    """How long a member spoke, the share of all speech from 0 to 1, and in how many turns."""

    user_id: UserId
    ms: float
    share: float
    turns: float


class ReportView(Result, frozen=True, kw_only=True):
    """The report of a meeting, or how far it is. Times in ms.

    `source` is `rules`, or the name of the model that wrote it. While a model writes a better one, `done` of `total`
    steps are over. `because` tells why there is no report, or no better one. `people` are those whom the items name.
    """

    state: RunState
    done: float
    total: float
    because: RunReason | None = None
    source: str | None = None
    revision: float
    language: str | None = None
    overview: list[ItemView]
    topics: list[ItemView]
    decisions: list[ItemView]
    actions: list[ItemView]
    questions: list[ItemView]
    speaking: list[SpeakerShare]
    people: list[UserCard]
    updated_at: float | None = None


class OwnRating(Result, frozen=True, kw_only=True):
    """The caller's vote on an item."""

    item_id: str
    vote: ItemVote


@shared_query(attendees.audience)
def get_report(ctx: SharedCtx[None], meeting_id: MeetingId) -> ReportView | None:
    """Return the report of a meeting, or null before its end. For members who were in the call.

    Raises:
        Forbidden: The caller is no member, or was not in the call.
    """
    run = runs.find(ctx, meeting_id)
    if run is None:
        return None
    row = reports.find(ctx, meeting_id)
    report = Report() if row is None else row.report
    return ReportView(
        state=run.state,
        done=run.done,
        total=run.total,
        because=run.because,
        source=None if row is None else report.source,
        revision=0 if row is None else row.revision,
        language=report.language,
        overview=_items(report.overview),
        topics=_items(report.topics),
        decisions=_items(report.decisions),
        actions=_items(report.actions),
        questions=_items(report.questions),
        speaking=[
            SpeakerShare(user_id=UserId(one.user_id), ms=one.ms, share=one.share, turns=one.turns)
            for one in report.speaking
        ],
        people=_people(ctx, report),
        updated_at=None if row is None else row.updated_at,
    )


@query
def get_my_ratings(ctx: QueryCtx, meeting_id: MeetingId) -> list[OwnRating]:
    """Return the caller's votes on items of a report. For members who were in the call.

    Raises:
        Forbidden: The caller is no member, or was not in the call.
    """
    caller, _ = attendees.require_attendee(ctx, meeting_id)
    found = ctx.db.scan(ItemRating, "by_user", caller.id, meeting_id, limit=MOST_RATINGS)
    return [OwnRating(item_id=one.item_id, vote=one.vote) for one in found]


@mutation
def edit_item(
    ctx: MutationCtx,
    meeting_id: MeetingId,
    item_id: str,
    text: str | None = None,
    done: bool | None = None,
    owner_id: UserId | None | UnsetType = UNSET,
    due_on: str | None | UnsetType = UNSET,
) -> None:
    """Change the text of an item, tick an action, or give it another owner or day. For attendees, but not observers.

    Later revisions keep it. An owner is a person who was in the call, or null for none. A day such as 2026-12-31, or
    null for none, takes the place of the words that were said.

    Raises:
        Forbidden: The caller is no member, or was not in the call.
        InsufficientRole: The caller is an observer.
        Invalid: The text has not 1 to 400 characters, the owner was not in the call, the day is no date, or something
            else than an action is to be done or to have one of them.
        NotFound: There is no such item.
        RateLimited: The caller has changed too many items.
    """
    row, item, caller = _writable(ctx, meeting_id, item_id)
    changed = revisions.edited(item, text, done)
    if owner_id is not UNSET:
        if owner_id is not None and not attendees.can_own(ctx, meeting_id, owner_id):
            raise Invalid(NOT_THERE, "ownerId", userId=owner_id)
        changed = revisions.owned_by(changed, owner_id)
    if due_on is not UNSET:
        changed = revisions.due_on(changed, due_on)
    if changed != item:
        pipeline.follow(ctx, reports.edit(ctx, row, item, changed, caller.id))


@mutation
def delete_item(ctx: MutationCtx, meeting_id: MeetingId, item_id: str) -> None:
    """Delete an item; later revisions leave it out. For attendees, but not observers.

    Raises:
        Forbidden: The caller is no member, or was not in the call.
        InsufficientRole: The caller is an observer.
        NotFound: There is no such item.
        RateLimited: The caller has changed too many items.
    """
    row, item, caller = _writable(ctx, meeting_id, item_id)
    pipeline.follow(ctx, reports.delete(ctx, row, item, caller.id))


@mutation
def rate_item(ctx: MutationCtx, meeting_id: MeetingId, item_id: str, vote: ItemVote | None = None) -> None:
    """Vote on an item, or take the vote back. For members who were in the call.

    Raises:
        Forbidden: The caller is no member, or was not in the call.
        NotFound: There is no such item.
        RateLimited: The caller has voted too often.
    """
    caller, _ = attendees.require_attendee(ctx, meeting_id)
    row, item = reports.require(ctx, meeting_id, item_id)
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    reports.rate(ctx, row, item, caller.id, vote)


@mutation
def set_enabled(ctx: MutationCtx, meeting_id: MeetingId, enabled: bool) -> None:
    """Switch the report of a meeting off, or on again. For hosts, in any state of the meeting.

    Switched off after its end, it deletes the report and everyone's insights.

    Raises:
        InsufficientRole: The caller is not a host.
        RateLimited: The caller has switched too often.
    """
    caller, _ = require_role(ctx, meeting_id, "host")
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    switch.set_enabled(ctx, require_meeting(ctx, meeting_id), enabled, caller.id)


def _writable(ctx: MutationCtx, meeting_id: MeetingId, item_id: str) -> tuple[MeetingReport, Item, User]:
    caller, member = attendees.require_attendee(ctx, meeting_id)
    if member.role == "observer":
        raise InsufficientRole("participant", member.role)
    row, item = reports.require(ctx, meeting_id, item_id)
    charge(ctx, caller.id, ACTION, meeting_id, BURST, RATE)
    return row, item, caller


def _items(items: tuple[Item, ...]) -> list[ItemView]:
    return [
        ItemView(
            item_id=item.id,
            kind=item.kind,
            text=item.text,
            cites=[CiteView(segment_id=cite.segment_id, start_ms=cite.start_ms) for cite in item.cites],
            edited=item.edited,
            owner_id=None if item.owner_id is None else UserId(item.owner_id),
            due_words=item.due_words,
            due_on=item.due_on,
            asked_by=None if item.asked_by is None else UserId(item.asked_by),
            done=item.done if item.kind == "action" else None,
        )
        for item in items
    ]


def _people(ctx: QueryCtx, report: Report) -> list[UserCard]:
    named = {one.user_id for one in report.speaking}
    named |= {user_id for item in report.items for user_id in (item.owner_id, item.asked_by) if user_id is not None}
    users = [ctx.db.get(User, user_id) for user_id in sorted(named)]
    return [card_of(user) for user in users if user is not None]
