"""Numbers about matches: sums that can be added up by day, and the correlations made of them."""

import math

import msgspec

from .features import NAMES, Features, known

# A correlation of fewer pairs says nothing.
MIN_PAIRS = 20
# The numbers of fewer people are left out, as they would tell of persons.
MIN_PEOPLE = 5
UNKNOWN = 0.5
TINY = 1e-12


class FeatureSums(msgspec.Struct, frozen=True):
    """The sums of one feature: over all matches, and over those of which it is known whether they were good."""

    count: int = 0
    total: float = 0.0
    judged: int = 0
    values: float = 0.0
    squares: float = 0.0
    goods: float = 0.0
    products: float = 0.0


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """The counts and sums of matches. `proposed` are those that have an end or were confirmed."""

    proposed: int = 0
    confirmed: int = 0
    declined: int = 0
    lapsed: int = 0
    void: int = 0
    completed: int = 0
    scores: float = 0.0
    features: dict[str, FeatureSums] = {}


def add(first: Sums, second: Sums) -> Sums:
    """Return the sums of both."""
    names = first.features.keys() | second.features.keys()
    empty = FeatureSums()
    return Sums(
        **{name: getattr(first, name) + getattr(second, name) for name in Sums.__struct_fields__ if name != "features"},
        features={
            name: _add(first.features.get(name, empty), second.features.get(name, empty)) for name in sorted(names)
        },
    )


def of_proposal(features: Features, score: float) -> Sums:
    """Return the sums of one match with these features."""
    return Sums(
        proposed=1,
        scores=score,
        features={name: FeatureSums(count=1, total=value) for name, value in known(features).items()},
    )


def of_judgement(features: Features, good: bool) -> Sums:
    """Return the sums of the knowledge whether one match was good."""
    mark = 1.0 if good else 0.0
    return Sums(
        features={
            name: FeatureSums(judged=1, values=value, squares=value * value, goods=mark, products=value * mark)
            for name, value in known(features).items()
        }
    )


def mean(total: float, count: int) -> float:
    """Return a mean; 0 of nothing."""
    return total / count if count else 0.0


def correlation(sums: FeatureSums) -> float:
    """Return Pearson's correlation of a feature and good matches; 0 below 20 pairs or without variance."""
    count = sums.judged
    if count < MIN_PAIRS:
        return 0.0
    spread = sums.squares - sums.values * sums.values / count
    mark_spread = sums.goods - sums.goods * sums.goods / count
    if spread <= TINY or mark_spread <= TINY:
        return 0.0
    value = (sums.products - sums.values * sums.goods / count) / math.sqrt(spread * mark_spread)
    return min(max(value, -1.0), 1.0)


def shown(features: Features) -> dict[str, float]:
    """Return every feature by its name, an unknown one as 0.5; the vector is left out where it is unknown."""
    values = known(features)
    return {name: values.get(name, UNKNOWN) for name in NAMES if name in values or name != "vector_similarity"}


def median(values: list[float]) -> float:
    """Return the middle value, or the mean of the two in the middle.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("there is no middle of nothing")
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _add(first: FeatureSums, second: FeatureSums) -> FeatureSums:
    names = FeatureSums.__struct_fields__
    return FeatureSums(**{name: getattr(first, name) + getattr(second, name) for name in names})
