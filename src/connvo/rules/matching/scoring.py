"""The score of a pair: the weighted mean of the features that are known of both."""

import math

import msgspec

from connvo.kernel.errors import Invalid

from .features import NAMES, Features


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """The weight of each feature."""

    interest_overlap: float = 0.25
    vector_similarity: float = 0.20
    experience_gap: float = 0.15
    industry_match: float = 0.10
    timezone_compatibility: float = 0.10
    language_overlap: float = 0.10
    org_constraint_match: float = 0.05
    role_complementarity: float = 0.05


FIELD = "customWeights"


def score(features: Features, weights: Weights) -> float:
    """Return the score of a pair from 0 to 1; 0 if no feature with a weight is known."""
    known = [(getattr(weights, name), value) for name in NAMES if (value := getattr(features, name)) is not None]
    total = math.fsum(weight for weight, _ in known)
    if total <= 0:
        return 0.0
    # Divided first: the product of a tiny weight would be 0.
    return min(max(math.fsum(weight / total * value for weight, value in known), 0.0), 1.0)


def checked(weights: Weights) -> Weights:
    """Return weights that a caller sent, scaled so that their sum is 1.

    Raises:
        Invalid: A weight is negative or not finite, or their sum is not positive.
    """
    values = {name: getattr(weights, name) for name in NAMES}
    wrong = next((name for name, value in values.items() if not math.isfinite(value) or value < 0), None)
    if wrong is not None:
        raise Invalid("A weight needs to be a number of at least 0", FIELD)
    total = sum(values.values())
    if not math.isfinite(total) or total <= 0:
        raise Invalid("At least one weight needs to be above 0, and their sum finite", FIELD)
    return Weights(**{name: value / total for name, value in values.items()})
