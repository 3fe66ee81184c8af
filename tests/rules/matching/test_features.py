"""The features of two people: symmetric, in bounds, and unknown where a fact is missing."""

import math
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.matching.features import (
    Features,
    experience_gap,
    features,
    industry_match,
    interest_overlap,
    known,
    meets_org_wishes,
    role_complementarity,
    timezone_compatibility,
    vector_similarity,
)
from connvo.rules.matching.seekers import Seeker, Vector, closed, seeker
from connvo.rules.matching.wishes import Wishes
from tests.support.matching import named, seekers


def vector(*values: float, model: str = "a/b@1/3") -> Vector:
    return Vector(model, struct.pack(f"<{len(values)}f", *values))


vectors = st.none() | st.lists(st.floats(-4, 4, width=32), min_size=3, max_size=3).map(lambda one: vector(*one))


@given(seekers(), seekers(), vectors, vectors)
def test_features_are_symmetric_and_between_0_and_1(
    first: Seeker, second: Seeker, one: Vector | None, other: Vector | None
) -> None:
    found = features(first, second)
    assert found == features(second, first)
    assert all(0 <= value <= 1 for value in known(found).values())
    similarity = vector_similarity(one, other)
    assert similarity == vector_similarity(other, one)
    assert similarity is None or 0 <= similarity <= 1


def test_nothing_but_interests_and_roles_is_known_of_an_empty_profile() -> None:
    empty = Seeker(wishes=named("a"), roles=named("mentor"))
    assert features(empty, empty) == Features(interest_overlap=1.0, role_complementarity=0.7)


@given(seekers(), seekers(), seekers())
def test_features_do_not_depend_on_a_closed_profile(asker: Seeker, one: Seeker, other: Seeker) -> None:
    alike = msgspec.structs.replace(other, wishes=one.wishes, roles=one.roles)
    for found in (features(asker, closed(one)), features(closed(one), asker)):
        assert found == features(asker, closed(alike))
    assert set(known(features(asker, closed(one)))) == {"interest_overlap", "role_complementarity"}


def test_nothing_of_a_closed_profile_is_stored_in_an_entry() -> None:
    wishes = Wishes(interests=named("a"), roles=named("mentor"), utc_offset=60.0)
    facts: dict[str, Any] = {"interests": named("b"), "experience": "Senior", "field": "AI", "spoken": ("German",)}
    assert seeker(wishes, **facts, vector=vector(1.0), is_open=False) == seeker(wishes, is_open=False)
    assert seeker(wishes, **facts).level is not None


def test_interests_and_wishes_are_shares_of_the_smaller_set() -> None:
    first = Seeker(interests=named("a", "b", "c"), wishes=named("x", "y"))
    second = Seeker(interests=named("a", "d"), wishes=named("x", "z", "w"))
    assert interest_overlap(first, second) == pytest.approx(0.7 * 0.5 + 0.3 * 0.5)


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [(3, 3, 0.7), (3, 4, 1.0), (5, 3, 1.0), (1, 4, 0.6), (6, 1, 0.3), (None, 3, None)],
)
def test_experience_is_best_a_step_apart(first: int | None, second: int | None, value: float | None) -> None:
    assert experience_gap(first, second) == experience_gap(second, first) == value


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("software", "software", 1.0),
        ("software", "data science", 0.8),
        ("retail", "ai", 0.3),
        ("retail", "marketing", 0.8),
        (None, "ai", None),
    ],
)
def test_industries_are_compared_by_whole_words(first: str | None, second: str | None, value: float | None) -> None:
    assert industry_match(first, second) == industry_match(second, first) == value


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [(60.0, 60.0, 1.0), (0.0, 360.0, 0.5), (-720.0, 720.0, 1.0), (-600.0, 600.0, 1 - 4 / 12), (None, 0.0, None)],
)
def test_time_zones_go_around_the_clock(first: float | None, second: float | None, value: float | None) -> None:
    found = timezone_compatibility(first, second)
    assert found == pytest.approx(value) if value is not None else found is None


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        (("mentor",), ("mentee",), 1.0),
        (("mentee",), ("mentor",), 1.0),
        (("mentor",), ("mentor",), 0.7),
        (("mentor", "founder"), ("investor",), 1.0),
        (("mentor",), ("investor",), 0.0),
    ],
)
def test_roles_are_looked_up_both_ways(first: tuple[str, ...], second: tuple[str, ...], value: float) -> None:
    assert role_complementarity(named(*first), named(*second)) == value


@pytest.mark.parametrize(
    ("wish", "first", "second", "met"),
    [
        ("same_org", "one", "one", True),
        ("same_org", "one", "two", False),
        ("same_org", None, None, False),
        ("different_org", "one", "two", True),
        ("different_org", "one", "one", False),
        ("different_org", None, "one", False),
        ("any", None, "one", True),
    ],
)
def test_a_wish_is_met_by_real_organisations_only(wish: str, first: str | None, second: str | None, met: bool) -> None:
    one = Seeker(org_wish=wish, org_id=first)  # type: ignore[arg-type]
    both = Seeker(org_wish=wish, org_id=second)  # type: ignore[arg-type]
    other = Seeker(org_id=second)
    for pair in ((one, other), (other, one), (one, both)):
        assert meets_org_wishes(*pair) is met


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (vector(0, 0, 0), vector(1, 2, 3)),
        (vector(1, 2, 3), vector(1, 2, 3, model="a/c@1/3")),
        (vector(1, 2, 3), vector(1, 2)),
        (vector(math.nan, 2, 3), vector(1, 2, 3)),
        (vector(math.inf, 2, 3), vector(1, 2, 3)),
        (vector(1, 2, 3, model="connvo/lexical-1@1/3"), vector(1, 2, 3, model="connvo/lexical-1@1/3")),
        (Vector("a/b@1/3", b"12345"), vector(1, 2, 3)),
        (None, vector(1, 2, 3)),
    ],
)
def test_vectors_that_say_nothing_are_unknown(first: Vector | None, second: Vector | None) -> None:
    assert vector_similarity(first, second) is vector_similarity(second, first) is None


def test_vectors_are_compared_by_their_angle() -> None:
    assert vector_similarity(vector(1, 0, 0), vector(5, 0, 0)) == pytest.approx(1)
    assert vector_similarity(vector(1, 0, 0), vector(0, 2, 0)) == pytest.approx(0.5)
    assert vector_similarity(vector(1, 0, 0), vector(-3, 0, 0)) == pytest.approx(0)
