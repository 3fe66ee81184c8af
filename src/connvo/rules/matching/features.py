"""The features of two seekers, each from 0 to 1 and symmetric; None where it is unknown of either."""

import math
from array import array
from collections.abc import Iterable
from itertools import product
from sys import byteorder

import msgspec

from .profiles import family
from .seekers import Seeker, Vector
from .wishes import Named

INTEREST_SHARE, WISH_SHARE = 0.7, 0.3
EQUAL_LEVEL, NEAR_LEVEL, FAR_LEVEL, FARTHEST_LEVEL = 0.7, 1.0, 0.6, 0.3
NEAR_STEPS, FAR_STEPS = 2, 3
SAME_FAMILY, OTHER_FIELD = 0.8, 0.3
EQUAL_ROLE = 0.7
DAY_MINUTES = 24 * 60
HALF_DAY_MINUTES = DAY_MINUTES / 2
FLOAT_BYTES = 4
# Vectors of shared words say nothing beyond the interests.
LEXICAL = "lexical"
COMPLEMENTS: frozenset[frozenset[str]] = frozenset(
    frozenset(pair)
    for pair in (
        ("mentor", "mentee"), ("mentor", "junior"), ("mentee", "senior"), ("founder", "investor"),
        ("founder", "advisor"), ("investor", "entrepreneur"), ("technical", "business"), ("technical", "product"),
        ("business", "engineering"), ("teacher", "learner"), ("founder", "cofounder"),
    )
)  # fmt: skip


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """The features of a pair; None for an unknown one."""

    interest_overlap: float | None = None
    vector_similarity: float | None = None
    experience_gap: float | None = None
    industry_match: float | None = None
    timezone_compatibility: float | None = None
    language_overlap: float | None = None
    org_constraint_match: float | None = None
    role_complementarity: float | None = None


NAMES: tuple[str, ...] = Features.__struct_fields__


def features(first: Seeker, second: Seeker) -> Features:
    """Return the features of two people, the same in both orders."""
    return Features(
        interest_overlap=interest_overlap(first, second),
        vector_similarity=vector_similarity(first.vector, second.vector),
        experience_gap=experience_gap(first.level, second.level),
        industry_match=industry_match(first.field, second.field),
        timezone_compatibility=timezone_compatibility(first.utc_offset, second.utc_offset),
        language_overlap=overlap(first.languages, second.languages),
        org_constraint_match=org_constraint_match(first, second),
        role_complementarity=role_complementarity(first.roles, second.roles),
    )


def known(features: Features) -> dict[str, float]:
    """Return the known features by their names."""
    return {name: value for name in NAMES if (value := getattr(features, name)) is not None}


def interest_overlap(first: Seeker, second: Seeker) -> float:
    """Return how far interests and wishes overlap; without interests in a profile, the wishes alone count."""
    wishes = overlap(_keys(first.wishes), _keys(second.wishes)) or 0.0
    interests = overlap(_keys(first.interests), _keys(second.interests))
    return wishes if interests is None else INTEREST_SHARE * interests + WISH_SHARE * wishes


def overlap(first: Iterable[str], second: Iterable[str]) -> float | None:
    """Return the shared part of the smaller set, or None if one is empty."""
    one, other = set(first), set(second)
    return len(one & other) / min(len(one), len(other)) if one and other else None


def vector_similarity(first: Vector | None, second: Vector | None) -> float | None:
    """Return the cosine of two vectors of one model, from 0 to 1; None for different, zero or lexical ones."""
    if first is None or second is None or first.model != second.model or LEXICAL in first.model:
        return None
    one, other = numbers(first), numbers(second)
    lengths = math.hypot(*one) * math.hypot(*other)
    if len(one) != len(other) or not math.isfinite(lengths) or lengths == 0.0:
        return None
    cosine = math.sumprod(one, other) if hasattr(math, "sumprod") else sum(map(float.__mul__, one, other))
    return min(max((cosine / lengths + 1) / 2, 0.0), 1.0)


def numbers(vector: Vector) -> list[float]:
    """Return the numbers of a vector; none if its bytes hold no whole numbers."""
    if len(vector.values) % FLOAT_BYTES:
        return []
    values = array("f", vector.values)
    if byteorder == "big":
        values.byteswap()
    return values.tolist()


def experience_gap(first: int | None, second: int | None) -> float | None:
    """Return how well two levels go together: best where one is a step or two ahead."""
    if first is None or second is None:
        return None
    steps = abs(first - second)
    if steps == 0:
        return EQUAL_LEVEL
    if steps <= NEAR_STEPS:
        return NEAR_LEVEL
    return FAR_LEVEL if steps == FAR_STEPS else FARTHEST_LEVEL


def industry_match(first: str | None, second: str | None) -> float | None:
    """Return 1 for equal fields, less for fields of one family, least for others."""
    if first is None or second is None:
        return None
    if first == second:
        return 1.0
    return SAME_FAMILY if family(first) & family(second) else OTHER_FIELD


def timezone_compatibility(first: float | None, second: float | None) -> float | None:
    """Return 1 for the same time of day, 0 for opposite ones. Offsets in minutes."""
    if first is None or second is None:
        return None
    apart = abs(first - second) % DAY_MINUTES
    return 1 - min(apart, DAY_MINUTES - apart) / HALF_DAY_MINUTES


def org_constraint_match(first: Seeker, second: Seeker) -> float | None:
    """Return 1 if all wishes about organisations are met, else 0; None without a wish or of a closed profile."""
    if not (first.is_open and second.is_open):
        return None
    if first.org_wish == "any" and second.org_wish == "any":
        return None
    return 1.0 if meets_org_wishes(first, second) else 0.0


def meets_org_wishes(first: Seeker, second: Seeker) -> bool:
    """Return whether the real organisations of two people meet the wishes of both."""
    for wish in (first.org_wish, second.org_wish):
        if wish == "any":
            continue
        if first.org_id is None or second.org_id is None:
            return False
        if (first.org_id == second.org_id) != (wish == "same_org"):
            return False
    return True


def role_complementarity(first: tuple[Named, ...], second: tuple[Named, ...]) -> float:
    """Return 1 if a role of one complements a role of the other, less for an equal role, 0 otherwise."""
    one, other = _keys(first), _keys(second)
    if any(frozenset(pair) in COMPLEMENTS for pair in product(one, other)):
        return 1.0
    return EQUAL_ROLE if one & other else 0.0


def _keys(named: tuple[Named, ...]) -> set[str]:
    return {one.key for one in named}
