"""Learn weights from the outcomes of earlier matches: a logistic regression, drawn towards the weights in force.

Weights are never negative, and their sum is 1. A feature that is unknown of a pair counts as its mean.
"""

import math
from collections.abc import Sequence

import msgspec

from .features import NAMES, Features, known
from .scoring import Weights, score

# How strongly the weights in force hold: as so many samples would.
PENALTY = 5.0
FOLDS = 5
ROUNDS = 30
SWEEPS = 20
TOLERANCE = 1e-6
MIN_CURVATURE = 1e-4
HALF = 0.5
# Where the weights in force do not tell good pairs from others at all, they are drawn to at this slope.
MIN_SLOPE = 1.0


class Sample(msgspec.Struct, frozen=True):
    """A pair that was shown, and whether it was good."""

    features: Features
    good: bool


class LearningRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Samples, the oldest first, and the weights in force."""

    samples: list[Sample]
    weights: Weights


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """Learned weights, and by how much their AUC on unseen samples exceeds that of the weights in force."""

    weights: Weights
    improvement: float


def learn(request: LearningRequest) -> Learned:
    """Return weights learned from all samples, and their improvement by five folds."""
    samples, held = request.samples, request.weights
    gains = []
    for fold in range(FOLDS):
        unseen = samples[fold::FOLDS]
        seen = [one for place, one in enumerate(samples) if place % FOLDS != fold]
        before, after = auc(unseen, held), auc(unseen, fit(seen, held))
        if before is not None and after is not None:
            gains.append(after - before)
    return Learned(weights=fit(samples, held), improvement=sum(gains) / len(gains) if gains else 0.0)


def fit(samples: Sequence[Sample], held: Weights) -> Weights:
    """Return the weights learned from samples; those in force if all samples came out alike."""
    goods = [1.0 if one.good else 0.0 for one in samples]
    if not 0 < sum(goods) < len(goods):
        return held
    means = _means(samples)
    rows = [_row(one.features, means) for one in samples]
    prior = [getattr(held, name) for name in NAMES]
    slope = max(_slope(rows, goods, prior), MIN_SLOPE)
    drawn_to = [slope * weight for weight in prior]
    found = _regress(rows, goods, drawn_to)
    total = sum(found)
    return held if total <= 0 else Weights(**{name: one / total for name, one in zip(NAMES, found, strict=True)})


def auc(samples: Sequence[Sample], weights: Weights) -> float | None:
    """Return the chance that a good pair scores above another one; None if all came out alike."""
    ranked = sorted((score(one.features, weights), one.good) for one in samples)
    goods = sum(good for _, good in ranked)
    others = len(ranked) - goods
    if not goods or not others:
        return None
    below = wins = 0.0
    place = 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        tied_goods = sum(good for _, good in ranked[place:end])
        tied_others = end - place - tied_goods
        wins += tied_goods * (below + tied_others / 2)
        below += tied_others
        place = end
    return wins / (goods * others)


def _means(samples: Sequence[Sample]) -> list[float]:
    found = [known(one.features) for one in samples]
    columns = [[values[name] for values in found if name in values] for name in NAMES]
    return [sum(column) / len(column) if column else HALF for column in columns]


def _row(features: Features, means: list[float]) -> list[float]:
    values = [getattr(features, name) for name in NAMES]
    # Centred, so that the intercept is independent of the weights.
    return [0.0 if value is None else value - mean for value, mean in zip(values, means, strict=True)]


def _slope(rows: list[list[float]], goods: list[float], prior: list[float]) -> float:
    """Return how steeply the chance of a good pair rises with the score by the weights in force."""
    scores = [[sum(map(float.__mul__, row, prior))] for row in rows]
    return _regress(scores, goods, [MIN_SLOPE])[0]


def _regress(rows: list[list[float]], goods: list[float], drawn_to: list[float]) -> list[float]:
    """Return the slopes, none below 0, by coordinate descent on the quadratic approximation of the likelihood."""
    slopes, intercept = list(drawn_to), _logit(sum(goods) / len(goods))
    columns = [list(column) for column in zip(*rows, strict=True)]
    for _ in range(ROUNDS):
        chances = [_chance(intercept + sum(map(float.__mul__, row, slopes))) for row in rows]
        curves = [max(chance * (1 - chance), MIN_CURVATURE) for chance in chances]
        # The distance of each sample from its quadratic approximation's optimum.
        left = [(good - chance) / curve for good, chance, curve in zip(goods, chances, curves, strict=True)]
        moved = 0.0
        for _ in range(SWEEPS):
            step = sum(map(float.__mul__, curves, left)) / sum(curves)
            intercept += step
            left = [one - step for one in left]
            largest = abs(step)
            for place, column in enumerate(columns):
                pulled = list(map(float.__mul__, curves, column))
                curvature = sum(map(float.__mul__, pulled, column)) + PENALTY
                gradient = sum(map(float.__mul__, pulled, left)) - PENALTY * (slopes[place] - drawn_to[place])
                wanted = max(slopes[place] + gradient / curvature, 0.0)
                step = wanted - slopes[place]
                if step:
                    slopes[place] = wanted
                    left = [one - step * value for one, value in zip(left, column, strict=True)]
                    largest = max(largest, abs(step))
            moved = max(moved, largest)
            if largest < TOLERANCE:
                break
        if moved < TOLERANCE:
            break
    return slopes


def _chance(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))
