"""Proposals: two entries that wait, two answers, and one meeting.

Guarantees:
    Every pair is proposed in a transaction of its own that looks at both entries again.
    A user is in one open match at a time, and a match has one meeting, made in the transaction of the second
    acceptance.
    Neither user is told how the match ended: declined, blocked, not answered, or the account of one was closed.
"""

from connvo.kernel.errors import Conflict
from connvo.model.audit import audit
from connvo.model.meetings.members import find_person
from connvo.model.membership import transitions
from connvo.rules.matching import numbers
from connvo.rules.matching.explaining import explanation
from connvo.rules.matching.numbers import Sums
from connvo.rules.matching.scoring import score
from connvo.rules.matching.states import AGREED, MatchState, PublicState, public_state
from connvo.rules.matching.waiting import compared, may_meet
from connvo.rules.matching.windows import DAY_MS, common, respond_by
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.matching import Match, MatchAnswer, QueueEntry, QueueId
from connvo.schema.users import UserId
from connvo.telemetry.instruments import MATCHES

from . import days, entries, matches, meeting_of_match, weights

RESOURCE = "matches"
# A match without an answer after it counts as not good from then on.
JUDGED_AFTER_MS = DAY_MS
GONE = "This proposal has ended, or the time to answer it has passed"
BEGUN = "The meeting of this match has begun: leave it, or cancel your entry, instead of declining"
IN_MEETING = "You are in the meeting of your match: leave it first"
ENDED: PublicState = "ended"
# The reason of a cancelled meeting, the same whatever ended its match.
MATCH_ENDED = "match_ended"


@internal_mutation
def propose(ctx: MutationCtx, first: QueueId, second: QueueId) -> float | None:
    """Propose two entries to each other if both still may be; return the score, or None."""
    held = [ctx.db.get(QueueEntry, entry_id) for entry_id in (first, second)]
    waiting = [entry for entry in held if entry is not None and entry.is_open and entry.status == "waiting"]
    if len(waiting) != 2 or not _may_meet(ctx, *waiting):
        return None
    one, other = sorted(waiting, key=lambda entry: entry.user_id)
    sides = [entries.waiting_of(entry, frozenset()) for entry in (one, other)]
    time = common(sides[0].window, sides[1].window, ctx.now)
    if time is None or not may_meet(sides[0], sides[1], ctx.now):
        return None
    features, (version, weighed) = compared(*sides), weights.in_force(ctx)
    answer_until = respond_by(time.start, ctx.now)
    match = ctx.db.insert(
        Match(
            first_id=one.user_id,
            second_id=other.user_id,
            first_entry=one.id,
            second_entry=other.id,
            features=features,
            score=score(features, weighed),
            explanation=tuple(explanation(one.seeker, other.seeker, features)),
            weights_version=version,
            starts_at=time.start,
            ends_at=time.end,
            respond_by=answer_until,
            due_at=answer_until,
            waited=(ctx.now - one.waited_since, ctx.now - other.waited_since),
            org_ids=tuple(sorted({org for entry in (one, other) if (org := entry.seeker.org_id)})),
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    for entry, partner in ((one, other), (other, one)):
        entries.match(ctx, entry, match, partner.user_id)
        ctx.db.insert(
            MatchAnswer(
                match_id=match.id,
                user_id=entry.user_id,
                other_id=partner.user_id,
                features=features,
                score=match.score,
                created_at=ctx.now,
            )
        )
    ctx.record(MATCHES, outcome="proposed")
    return match.score


def accept(ctx: MutationCtx, match: Match, side: MatchAnswer) -> None:
    """Accept a proposal for one user; the second acceptance makes the meeting.

    Raises:
        Conflict: The proposal has ended, or the time to answer has passed.
    """
    if side.answer == "accepted":
        return
    _require_proposed(ctx, match)
    if matches.people_of(ctx, match) is None or matches.are_kept_apart(ctx, match.first_id, match.second_id):
        raise Conflict(GONE, matchId=match.id, state=ENDED)
    _answer(ctx, side, "accepted")
    if all(one.answer == "accepted" for one in matches.sides_of(ctx, match)):
        meeting = meeting_of_match.make(ctx, match)
        confirmed = _step(ctx, match, "confirmed", meeting_id=meeting.id, due_at=match.starts_at + JUDGED_AFTER_MS)
        days.record(ctx, confirmed, numbers.add(_proposed(match), Sums(confirmed=1)))
        audit(ctx, "match.confirm", RESOURCE, match.id, side.user_id, meeting_id=meeting.id)


def decline(ctx: MutationCtx, match: Match, side: MatchAnswer) -> None:
    """Decline a proposal for one user; both go back to their places in the queue. So do they before their meeting.

    Raises:
        Conflict: The proposal has ended, or the meeting has begun.
    """
    if side.answer == "declined":
        return
    if match.state in AGREED:
        _call_off(ctx, match, side)
        return
    _require_proposed(ctx, match)
    _answer(ctx, side, "declined")
    declined = _step(ctx, match, "declined", judged=True)
    judged = numbers.of_judgement(match.features, good=False)
    days.record(ctx, declined, numbers.add(numbers.add(_proposed(match), Sums(declined=1)), judged))
    for entry in matches.entries_of(ctx, match):
        entries.back(ctx, entry)


def cancel(ctx: MutationCtx, user_id: UserId, queue_id: QueueId | None) -> None:
    """Take a user's entry out of the queue, by default the open one. A meeting that has not begun is called off.

    Raises:
        Conflict: The entry does not wait any more, is proposed to another one, or its user is in the meeting.
        NotFound: The user has no such entry.
    """
    entry = entries.find_own(ctx, user_id, queue_id)
    match = None if entry.match_id is None else ctx.db.get(Match, entry.match_id)
    if not entry.is_open:
        raise Conflict("This entry does not wait any more", queueId=entry.id, status=entry.status)
    if match is not None and match.state == "proposed":
        raise Conflict("You have been matched: answer the proposal instead", queueId=entry.id, status=entry.status)
    if match is not None and meeting_of_match.is_in(ctx, match, user_id):
        raise Conflict(IN_MEETING, queueId=entry.id, status=entry.status)
    entries.close(ctx, entry, "cancelled")
    audit(ctx, "matching.cancel", entries.RESOURCE, entry.id, user_id)
    if match is not None:
        void(ctx, match)


def lapse(ctx: MutationCtx, match: Match) -> None:
    """End a proposal that was not answered by both: those who did not have a lapse, the other keeps their place."""
    answered = {side.user_id for side in matches.sides_of(ctx, match) if side.answer == "accepted"}
    for side in matches.sides_of(ctx, match):
        ctx.db.patch(side, lapsed=True)
    lapsed = _step(ctx, match, "lapsed")
    days.record(ctx, lapsed, numbers.add(_proposed(match), Sums(lapsed=1)))
    for entry in matches.entries_of(ctx, match):
        (entries.back if entry.user_id in answered else entries.back_after_lapse)(ctx, entry)


def part(ctx: MutationCtx, first: UserId, second: UserId) -> None:
    """End the open match of two users, of whom one has blocked the other; both go back to the queue."""
    entry = entries.find_open(ctx, first)
    match = None if entry is None or entry.match_id is None else ctx.db.get(Match, entry.match_id)
    if match is not None and matches.other_of(match, first) == second:
        void(ctx, match)


def withdraw(ctx: MutationCtx, user_id: UserId) -> None:
    """Take a user whose account ends out of the queue and out of an open match; the other goes back to the queue."""
    entry = entries.find_open(ctx, user_id)
    if entry is None:
        return
    match = None if entry.match_id is None else ctx.db.get(Match, entry.match_id)
    entries.close(ctx, entry, "cancelled")
    if match is not None:
        void(ctx, match)


def void(ctx: MutationCtx, match: Match) -> None:
    """End an open match that cannot take place, with its meeting if that has not begun."""
    meeting = meeting_of_match.find(ctx, match)
    if match.state == "proposed":
        days.record(ctx, match, numbers.add(_proposed(match), Sums(void=1)))
    elif match.state != "confirmed" or meeting is None or meeting.state != "scheduled":
        return
    if meeting is not None:
        transitions.cancel(ctx, meeting, None, MATCH_ENDED)
    _step(ctx, match, "void")
    for entry in matches.entries_of(ctx, match):
        entries.back(ctx, entry)


def _call_off(ctx: MutationCtx, match: Match, side: MatchAnswer) -> None:
    """End a confirmed match for both, whose meeting has not begun."""
    meeting = meeting_of_match.find(ctx, match)
    if match.state != "confirmed" or meeting is None or meeting.state in meeting_of_match.OVER:
        raise Conflict(GONE, matchId=match.id, state=ENDED)
    if meeting.state != "scheduled":
        raise Conflict(BEGUN, matchId=match.id, state=public_state(match.state))
    ctx.db.patch(side, answer="declined")
    audit(ctx, "match.call_off", RESOURCE, match.id, side.user_id)
    void(ctx, match)


def _may_meet(ctx: MutationCtx, first: QueueEntry, second: QueueEntry) -> bool:
    one, other = first.user_id, second.user_id
    if one == other or find_person(ctx, one) is None or find_person(ctx, other) is None:
        return False
    return not matches.are_kept_apart(ctx, one, other) and not matches.were_matched_lately(ctx, one, other)


def _require_proposed(ctx: MutationCtx, match: Match) -> None:
    if match.state != "proposed":
        raise Conflict(GONE, matchId=match.id, state=public_state(match.state))
    if ctx.now > match.respond_by:
        raise Conflict(GONE, matchId=match.id, state=ENDED)


def _answer(ctx: MutationCtx, side: MatchAnswer, answer: str) -> None:
    ctx.db.patch(side, answer=answer, answered=True, answered_at=ctx.now)


def _step(ctx: MutationCtx, match: Match, state: MatchState, **changes: object) -> Match:
    ctx.record(MATCHES, outcome=state)
    return ctx.db.patch(match, state=state, updated_at=ctx.now, **changes)


def _proposed(match: Match) -> Sums:
    return numbers.of_proposal(match.features, match.score)
