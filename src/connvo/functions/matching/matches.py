"""The caller's present entry and match, and their past matches. Beside the documented API."""

from typing import Annotated

from connvo.model.matching import entries, feedback, matches
from connvo.model.matching.history import PastMatchCard, past_matches
from connvo.model.matching.switch import require_seeker
from connvo.model.matching.views import EntryView, wishes_of
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.users.visibility import may_see
from connvo.rules.matching.states import AGREED, Answer, PublicState, public_state
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query, rechecked
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Result
from connvo.schema.matching import Match, MatchId
from connvo.schema.meetings import MeetingId
from connvo.schema.users import User

PRIORITY: Priority = "low"

LIMIT = Clamped(1, 100, default=20)


class CurrentMatch(Result, frozen=True, kw_only=True):
    """The match of the caller's open entry; times in milliseconds.

    `explanation` names only facts that both share. The partner has no name while their profile is closed to the caller,
    until both have accepted. Nothing tells whether the partner has answered.
    """

    match_id: MatchId
    state: PublicState
    partner: UserCard
    score: float
    explanation: list[str]
    starts_at: float
    respond_by: float
    my_answer: Answer | None = None
    meeting_id: MeetingId | None = None


def _still_the_same(ctx: QueryCtx, seen: CurrentMatch | None, **_arguments: object) -> CurrentMatch | None:
    """Return a past match only if it is the caller's match now, with the partner as they are shown now."""
    present = _current(ctx)
    return present if seen is not None and present is not None and present.match_id == seen.match_id else None


@query
def get_entry(ctx: QueryCtx) -> EntryView | None:
    """Return the caller's open entry, or null. It counts no other entries, so it is cheaper than `getQueueStatus`."""
    entry = entries.find_open(ctx, require_seeker(ctx).id)
    return (
        None
        if entry is None or entries.is_over(ctx, entry)
        else EntryView.from_row(entry, constraints=wishes_of(entry))
    )


@rechecked(_still_the_same)
@query
def get_current_match(ctx: QueryCtx) -> CurrentMatch | None:
    """Return the caller's present proposal or confirmed match, or null. It is over once they have left its meeting."""
    return _current(ctx)


def _as_now(
    ctx: QueryCtx, seen: list[PastMatchCard], limit: float | None = None, **_arguments: object
) -> list[PastMatchCard]:
    """Return the past matches of an earlier result as they are shown now."""
    now = {one.match_id: one for one in past_matches(ctx, require_seeker(ctx).id, LIMIT.whole(limit, "limit"))}
    return [now[one.match_id] for one in seen if one.match_id in now]


@rechecked(_as_now)
@query
def list_past_matches(ctx: QueryCtx, limit: Annotated[float | None, LIMIT] = None) -> list[PastMatchCard]:
    """Return the matches that the caller has answered and that are over, the newest first: up to 100, by default 20."""
    return past_matches(ctx, require_seeker(ctx).id, LIMIT.whole(limit, "limit"))


@query
def get_match_to_rate(ctx: QueryCtx, meeting_id: MeetingId) -> MatchId | None:
    """Return the match whose meeting this was, if both were in it and the caller has not said how it was, or null."""
    match = feedback.find_to_rate(ctx, require_seeker(ctx).id, meeting_id)
    return None if match is None else match.id


def _current(ctx: QueryCtx) -> CurrentMatch | None:
    caller = require_seeker(ctx)
    entry = entries.find_open(ctx, caller.id)
    if entry is None or entry.match_id is None or entries.is_over(ctx, entry):
        return None
    match = ctx.db.get(Match, entry.match_id)
    side = None if match is None else matches.side_of(ctx, match.id, caller.id)
    partner = None if match is None else ctx.db.get(User, matches.other_of(match, caller.id))
    if match is None or side is None or partner is None:
        return None
    shows = match.state in AGREED or may_see(ctx, caller, partner)
    return CurrentMatch(
        match_id=match.id,
        state=public_state(match.state),
        partner=card_of(partner) if shows else UserCard(id=partner.id),
        score=match.score,
        explanation=list(match.explanation),
        starts_at=match.starts_at,
        respond_by=match.respond_by,
        my_answer=side.answer,
        meeting_id=match.meeting_id,
    )
