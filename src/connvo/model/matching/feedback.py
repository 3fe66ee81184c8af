"""The meeting of a match happened or not, and how it was."""

import msgspec

from connvo.kernel.errors import Conflict, NotFound
from connvo.model.meetings.members import time_of
from connvo.rules.matching import numbers
from connvo.rules.matching.numbers import Sums
from connvo.rules.matching.states import AGREED, is_good, public_state
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.matching import Match, MatchAnswer, MatchId, QueueEntry
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.users import UserId
from connvo.telemetry.instruments import MATCHES

from . import days, entries, matches, meeting_of_match

NOT_HELD = "The meeting of this match has not taken place: it has once both of you have been in the call"


class Feedback(msgspec.Struct, frozen=True):
    """A rating from 1 to 5 with a comment."""

    rating: int
    comments: str | None = None


def find_own(ctx: QueryCtx, user_id: UserId, id: str) -> tuple[Match, MatchAnswer]:
    """Return a match and a user's side of it, by its id or that of the user's entry.

    Raises:
        NotFound: The user has no such match.
    """
    entry = ctx.db.get(QueueEntry, id)
    match_id = MatchId(id) if entry is None else entry.match_id
    match = None if match_id is None else ctx.db.get(Match, match_id)
    side = None if match is None else matches.side_of(ctx, match.id, user_id)
    if match is None or side is None or (entry is not None and entry.user_id != user_id):
        raise NotFound("Match")
    return match, side


def may_complete(ctx: QueryCtx, match: Match) -> bool:
    """Return whether the two of a match may say that they had their meeting."""
    return match.state in AGREED and meeting_of_match.took_place(ctx, match)


def find_to_rate(ctx: QueryCtx, user_id: UserId, meeting_id: MeetingId) -> Match | None:
    """Return the match of a meeting that took place, about which a user has not answered yet, or None."""
    match = ctx.db.first(Match, "by_meeting", meeting_id)
    side = None if match is None else matches.side_of(ctx, match.id, user_id)
    if match is None or side is None or side.completed or not may_complete(ctx, match):
        return None
    return match


def complete(ctx: MutationCtx, match: Match, side: MatchAnswer) -> None:
    """Record that a user had the meeting of a match, which ends their entry. When both had it, the match is judged.

    Raises:
        Conflict: The match was not confirmed, or not both have been in its meeting.
    """
    if side.completed:
        return
    if not may_complete(ctx, match):
        raise Conflict(NOT_HELD, matchId=match.id, state=public_state(match.state))
    ctx.db.patch(side, completed=True)
    for entry in matches.entries_of(ctx, match):
        if entry.user_id == side.user_id:
            entries.close(ctx, entry, "matched")


def rate(ctx: MutationCtx, side: MatchAnswer, feedback: Feedback) -> None:
    """Store a user's feedback, in place of an earlier one."""
    ctx.db.patch(side, rating=feedback.rating, comments=feedback.comments)


def judge_if_both_have_completed(ctx: MutationCtx, match: Match) -> None:
    """Judge a match whose meeting both users had."""
    sides = matches.sides_of(ctx, match)
    if not match.judged and len(sides) > 1 and all(side.completed for side in sides):
        judge(ctx, match)


def judge(ctx: MutationCtx, match: Match) -> None:
    """Settle what a confirmed match came to: it counts once, and holds its users back no longer."""
    sides = matches.sides_of(ctx, match)
    good = _is_good(sides)
    state = "completed" if any(side.completed for side in sides) else "missed"
    ctx.db.patch(match, state=state, judged=True, updated_at=ctx.now)
    ctx.record(MATCHES, outcome=state)
    judged = numbers.of_judgement(match.features, good)
    days.record(ctx, match, numbers.add(judged, Sums(completed=state == "completed")))
    for entry in matches.entries_of(ctx, match):
        if match.due_at <= ctx.now:
            entries.close(ctx, entry, "matched")


def is_good_match(ctx: QueryCtx, match: Match) -> bool:
    """Return whether both users had the meeting of a match, and neither rated it below 4."""
    return _is_good(matches.sides_of(ctx, match))


def began_before(ctx: QueryCtx, match: Match, at: float) -> bool:
    """Return whether the meeting of a match has begun, or was to begin, before a time."""
    meeting = None if match.meeting_id is None else ctx.db.get(Meeting, match.meeting_id)
    return meeting is not None and time_of(meeting) <= at


def _is_good(sides: list[MatchAnswer]) -> bool:
    both = [side.completed for side in sides] + [False, False]
    return is_good(both[0], both[1], [side.rating for side in sides if side.rating is not None])
