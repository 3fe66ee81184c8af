"""The caller's past matches, with what the caller may see of the others now."""

from connvo.model.blocks import is_blocked
from connvo.model.meetings.members import find_person, member_of
from connvo.model.meetings.views import UserCard, card_of
from connvo.model.users.preferences import shows_profile
from connvo.rules.matching.states import Outcome
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.matching import Match, MatchAnswer, MatchId, QueueEntry
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId

from . import entries, meeting_of_match


class PastMatchCard(Result, frozen=True, kw_only=True):
    """A match that the caller has answered; times in milliseconds.

    `outcome` and `rating` are the caller's own. The partner has no name while their profile is closed to the caller, or
    if the caller has blocked them. `topics` are the caller's, those that both named if there are any. `meetingId` is
    absent if there was no meeting, or the caller is no longer a member of it.
    """

    match_id: MatchId
    outcome: Outcome
    rating: float | None = None
    partner: UserCard
    topics: list[str]
    meeting_id: MeetingId | None = None
    created_at: float


def past_matches(ctx: QueryCtx, user_id: UserId, limit: int) -> list[PastMatchCard]:
    """Return the newest matches that a user has answered, without the present one."""
    entry = entries.find_open(ctx, user_id)
    present = None if entry is None or entries.is_over(ctx, entry) else entry.match_id
    sides = ctx.db.scan(MatchAnswer, "by_answer", user_id, True, reverse=True, limit=limit + 1)
    kept = [side for side in sides if side.match_id != present]
    found = [(side, ctx.db.get(Match, side.match_id)) for side in kept[:limit]]
    return [_card(ctx, side, match) for side, match in found if match is not None]


def outcome_of(side: MatchAnswer) -> Outcome:
    """Return a user's answer to a match."""
    return "completed" if side.completed else side.answer or "declined"


def _card(ctx: QueryCtx, side: MatchAnswer, match: Match) -> PastMatchCard:
    return PastMatchCard(
        match_id=match.id,
        outcome=outcome_of(side),
        rating=side.rating,
        partner=_partner(ctx, side, match),
        topics=_topics(ctx, side, match),
        meeting_id=_meeting(ctx, side, match),
        created_at=side.created_at,
    )


def _partner(ctx: QueryCtx, side: MatchAnswer, match: Match) -> UserCard:
    person = find_person(ctx, side.other_id)
    if person is None or is_blocked(ctx, side.user_id, person.id):
        return UserCard(id=side.other_id)
    # A closed profile shows itself to those whom its user has met, unless they are blocked.
    met = meeting_of_match.took_place(ctx, match) and not is_blocked(ctx, person.id, side.user_id)
    return card_of(person) if met or shows_profile(ctx, person.id) else UserCard(id=person.id)


def _topics(ctx: QueryCtx, side: MatchAnswer, match: Match) -> list[str]:
    entries = [ctx.db.get(QueueEntry, entry_id) for entry_id in (match.first_entry, match.second_entry)]
    wishes = {entry.user_id: entry.seeker.wishes for entry in entries if entry is not None}
    own = wishes.get(side.user_id, ())
    others = {one.key for one in wishes.get(side.other_id, ())}
    return [one.label for one in own if one.key in others] or [one.label for one in own]


def _meeting(ctx: QueryCtx, side: MatchAnswer, match: Match) -> MeetingId | None:
    meeting = meeting_of_match.find(ctx, match)
    if meeting is None or meeting.state == "cancelled" or member_of(ctx, meeting.id, side.user_id) is None:
        return None
    return meeting.id
