"""Results of matches: answers and ratings, own and global numbers, and weights learned from them."""

from typing import Annotated

from connvo.kernel import text
from connvo.kernel.errors import Invalid, ServiceUnavailable
from connvo.model.matching import feedback as answers
from connvo.model.matching import learning, proposals
from connvo.model.matching.feedback import Feedback
from connvo.model.matching.history import outcome_of
from connvo.model.matching.statistics import GlobalNumbers, OwnNumbers, global_numbers, own_numbers
from connvo.model.matching.switch import require_seeker, scope_of_caller
from connvo.model.matching.views import FeatureView, features_of, weights_of
from connvo.providers.matching import process
from connvo.providers.one_call import ProcessFailed
from connvo.rules.matching.states import Outcome
from connvo.rules.matching.windows import DAY_MS, HOUR_MS
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import action, mutation, query
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Args, Result
from connvo.schema.matching import MatchAnswer, MatchAnswerId

PRIORITY: Priority = "low"

MIN_RATING, MAX_RATING = 1, 5
COMMENT_LENGTH = 1_000
LIMIT = Clamped(1, 100, default=20)
OFFSET = Clamped(0, 1_000, default=0)
TIME_RANGE = Clamped(int(HOUR_MS), int(90 * DAY_MS), default=int(7 * DAY_MS))
DEFAULT_SAMPLES = 100


class MatchFeedback(Args, frozen=True, kw_only=True):
    """How the meeting of a match was: a whole number from 1 to 5, and up to 1,000 characters."""

    rating: float
    comments: str | None = None


class MatchFeedbackView(Result, frozen=True, kw_only=True):
    """The caller's rating of a match, and comment."""

    rating: float
    comments: str | None = None


class PastMatch(Result, frozen=True, kw_only=True):
    """The caller's answer to a match. Time in milliseconds."""

    id: MatchAnswerId
    match_id: str
    outcome: Outcome
    feedback: MatchFeedbackView | None = None
    features: FeatureView
    created_at: float


class OptimizedWeights(Result, frozen=True, kw_only=True):
    """Weights learned from `sampleSize` matches; `improvement` is their gain in AUC over those in force."""

    optimized_weights: FeatureView
    improvement: float
    sample_size: float


@mutation
def submit_match_feedback(
    ctx: MutationCtx, match_id: str, outcome: Outcome, feedback: MatchFeedback | None = None
) -> None:
    """Answer a proposal, or say that its meeting took place and how it was. For the two of the match.

    `accepted` and `declined` answer a proposal; the second acceptance makes the meeting, and until it begins `declined`
    calls it off for both. `completed`, with or without a rating, is possible once both have been in the call. The same
    again is no error. `matchId` may also be the caller's queue entry.

    Raises:
        Conflict: The match cannot take this step now.
        Invalid: There is a rating without `completed`, it is no whole number from 1 to 5, or the comment has more than
            1,000 characters.
        NotFound: The caller has no such match.
    """
    user = require_seeker(ctx)
    if feedback is not None and outcome != "completed":
        raise Invalid("A meeting is rated once it took place, with the outcome completed", "feedback")
    accepted = None if feedback is None else _accepted(feedback)
    match, side = answers.find_own(ctx, user.id, match_id)
    if outcome == "accepted":
        proposals.accept(ctx, match, side)
    elif outcome == "declined":
        proposals.decline(ctx, match, side)
    else:
        answers.complete(ctx, match, side)
    if accepted is not None:
        answers.rate(ctx, side, accepted)
    if outcome == "completed":
        answers.judge_if_both_have_completed(ctx, match)


@query
def get_match_history(
    ctx: QueryCtx,
    limit: Annotated[float | None, LIMIT] = None,
    offset: Annotated[float | None, OFFSET] = None,
) -> list[PastMatch]:
    """Return the caller's answers to matches, the newest first: up to 100, by default 20, after `offset` of them.

    Raises:
        Invalid: A number is not finite.
    """
    user = require_seeker(ctx)
    size, skipped = LIMIT.whole(limit, "limit"), OFFSET.whole(offset, "offset")
    found = ctx.db.scan(MatchAnswer, "by_answer", user.id, True, reverse=True, limit=skipped + size)
    return [_past(side) for side in found[skipped:]]


@query
def get_matching_stats(ctx: QueryCtx) -> OwnNumbers:
    """Return numbers about the caller's matches."""
    return own_numbers(ctx, require_seeker(ctx).id)


@query
def get_global_matching_analytics(
    ctx: QueryCtx, time_range: Annotated[float | None, TIME_RANGE] = None
) -> GlobalNumbers:
    """Return numbers about the matches of some time, without names: an hour to 90 days, by default a week.

    For operators about all, and for admins about their organisation. They are kept by day (UTC), so the first day
    counts as a whole. Admins are told of days on which at least five people of their organisation were in matches.

    Raises:
        Forbidden: The caller is neither an operator nor an admin of an organisation.
        Invalid: The time is not finite.
    """
    scope = scope_of_caller(ctx)
    return global_numbers(ctx, scope, ctx.now - TIME_RANGE.whole(time_range, "timeRange"))


@action
async def optimize_matching_weights(ctx: ActionCtx, min_samples: float | None = None) -> OptimizedWeights:
    """Learn weights from the matches of 90 days, and store them as a new version. For operators.

    They are not in force until `matching/weights:applyWeights`. `minSamples` is 50 to 5,000, by default 100.

    Raises:
        Forbidden: The caller is not an operator.
        Invalid: `minSamples` is outside its limits, or there are fewer matches.
        ServiceUnavailable: The process that learns failed.
    """
    least = DEFAULT_SAMPLES if min_samples is None else min_samples
    request = await learning.read_samples(ctx, least)
    try:
        learned = await process.learn(request)
    except ProcessFailed as error:
        raise ServiceUnavailable("The learning failed; try again later") from error
    size = len(request.samples)
    await ctx.run_mutation(learning.store, learned=learned, sample_size=size)
    return OptimizedWeights(
        optimized_weights=weights_of(learned.weights), improvement=learned.improvement, sample_size=size
    )


def _accepted(feedback: MatchFeedback) -> Feedback:
    if not MIN_RATING <= feedback.rating <= MAX_RATING or feedback.rating != int(feedback.rating):
        message = f"A rating is a whole number from {MIN_RATING} to {MAX_RATING}"
        raise Invalid(message, "feedback.rating", minimum=MIN_RATING, maximum=MAX_RATING)
    comment = text.paragraph(feedback.comments or "", "feedback.comments", COMMENT_LENGTH)
    return Feedback(int(feedback.rating), comment or None)


def _past(side: MatchAnswer) -> PastMatch:
    rated = None if side.rating is None else MatchFeedbackView(rating=side.rating, comments=side.comments)
    return PastMatch(
        id=side.id,
        match_id=side.match_id,
        outcome=outcome_of(side),
        feedback=rated,
        features=features_of(side.features),
        created_at=side.created_at,
    )
