"""Worlds in which it is known what makes a match good: pairs with features, of which the best-scored were shown."""

import math
from random import Random

from connvo.rules.matching.features import NAMES, Features
from connvo.rules.matching.learning import Sample
from connvo.rules.matching.scoring import Weights, score

# In these worlds complementary roles and languages count most, which the weights of the program do not expect.
OTHER = Weights(
    interest_overlap=0.05, vector_similarity=0.05, experience_gap=0.05, industry_match=0.05,
    timezone_compatibility=0.05, language_overlap=0.35, org_constraint_match=0.05, role_complementarity=0.35,
)  # fmt: skip
STEEPNESS = 6.0
SHOWN = 0.45


def pairs(random: Random, count: int, right: Weights, held: Weights | None) -> list[Sample]:
    """Return samples of a world in which `right` weights tell good matches; only pairs that `held` scores well."""
    found: list[Sample] = []
    while len(found) < count:
        features = Features(**{name: None if random.random() < 0.2 else random.betavariate(4, 4) for name in NAMES})
        if held is not None and score(features, held) < SHOWN:
            continue
        chance = 1 / (1 + math.exp(-STEEPNESS * (score(features, right) - 0.5)))
        found.append(Sample(features, random.random() < chance))
    return found
