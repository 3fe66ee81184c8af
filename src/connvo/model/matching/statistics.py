"""Numbers about matches: a user's own, and those of all or of one organisation, which name no user."""

from connvo.kernel.names import camel
from connvo.rules.matching import numbers
from connvo.rules.matching.features import NAMES, known
from connvo.rules.matching.numbers import FeatureSums, Sums
from connvo.rules.matching.states import AGREED
from connvo.runtime.context import QueryCtx
from connvo.runtime.wire import Result
from connvo.schema.matching import Match, MatchAnswer
from connvo.schema.users import UserId

from . import days, feedback

MAX_OWN = 500
TOP = 5


class TopFeature(Result, frozen=True, kw_only=True):
    """The mean of one feature over the matches in which it is known."""

    feature: str
    average_score: float
    count: float


class OwnNumbers(Result, frozen=True, kw_only=True):
    """Numbers about a user's newest 500 matches: those with an end or a meeting, with a meeting, and held."""

    total_matches: float
    accepted_matches: float
    completed_matches: float
    average_rating: float | None = None
    success_rate: float
    top_features: list[TopFeature]


class OutcomeCounts(Result, frozen=True, kw_only=True):
    """Matches by their outcome; a completed one was accepted too."""

    accepted: float
    declined: float
    completed: float


class FeatureImportance(Result, frozen=True, kw_only=True):
    """The mean of a feature, and its correlation with good matches, 0 below 20 of them."""

    feature: str
    average_score: float
    correlation: float


class Trend(Result, frozen=True, kw_only=True):
    """The matches of one day (UTC) and their mean score."""

    date: str
    match_count: float
    average_score: float


class GlobalNumbers(Result, frozen=True, kw_only=True):
    """Numbers about the matches of some days."""

    total_matches: float
    average_score: float
    outcome_distribution: OutcomeCounts
    feature_importance: list[FeatureImportance]
    matching_trends: list[Trend]


def own_numbers(ctx: QueryCtx, user_id: UserId) -> OwnNumbers:
    """Return numbers about a user's matches."""
    sides = ctx.db.scan(MatchAnswer, "by_user", user_id, reverse=True, limit=MAX_OWN)
    found = [(side, match) for side in sides if (match := ctx.db.get(Match, side.match_id)) is not None]
    ended = [(side, match) for side, match in found if match.state != "proposed"]
    agreed = [(side, match) for side, match in ended if match.state in AGREED]
    past = [side for side, match in agreed if feedback.began_before(ctx, match, ctx.now)]
    ratings = [side.rating for side in sides if side.rating is not None]
    return OwnNumbers(
        total_matches=len(ended),
        accepted_matches=len(agreed),
        completed_matches=sum(side.completed for side in sides),
        average_rating=sum(ratings) / len(ratings) if ratings else None,
        success_rate=numbers.mean(sum(side.completed for side in past), len(past)),
        top_features=_top([side for side, _ in ended]),
    )


def global_numbers(ctx: QueryCtx, org_id: str, since: float) -> GlobalNumbers:
    """Return numbers about the matches proposed since a day, in one organisation or all.

    Of an organisation, days on which fewer than five of its users were in matches do not count.
    """
    found = days.since(ctx, org_id, since)
    sums = Sums()
    for day in found:
        sums = numbers.add(sums, day.sums)
    return GlobalNumbers(
        total_matches=sums.proposed,
        average_score=numbers.mean(sums.scores, sums.proposed),
        outcome_distribution=OutcomeCounts(accepted=sums.confirmed, declined=sums.declined, completed=sums.completed),
        feature_importance=[_importance(name, sums.features.get(name, FeatureSums())) for name in NAMES],
        matching_trends=[
            Trend(
                date=day.day,
                match_count=day.sums.proposed,
                average_score=numbers.mean(day.sums.scores, day.sums.proposed),
            )
            for day in found
        ],
    )


def _importance(name: str, sums: FeatureSums) -> FeatureImportance:
    return FeatureImportance(
        feature=camel(name),
        average_score=numbers.mean(sums.total, sums.count),
        correlation=numbers.correlation(sums),
    )


def _top(sides: list[MatchAnswer]) -> list[TopFeature]:
    values: dict[str, list[float]] = {}
    for side in sides:
        for name, value in known(side.features).items():
            values.setdefault(name, []).append(value)
    means = [(sum(found) / len(found), name, len(found)) for name, found in values.items()]
    best = sorted(means, key=lambda one: (-one[0], one[1]))[:TOP]
    return [TopFeature(feature=camel(name), average_score=mean, count=count) for mean, name, count in best]
