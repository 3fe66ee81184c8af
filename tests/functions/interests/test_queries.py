"""listCatalog: open to everybody, in an order that stays."""

import math
from typing import Any

import pytest

from connvo.rules.interest_catalog import CATALOGUE
from tests.support.backend import Backend
from tests.support.people import FORM, chosen, seed_catalogue

LIST = "interests/queries:listCatalog"


@pytest.fixture
def seeded(backend: Backend) -> Backend:
    """A backend with its catalogue."""
    seed_catalogue(backend)
    return backend


def test_everybody_reads_the_whole_catalogue(seeded: Backend) -> None:
    listed = seeded.anonymous.call(LIST)
    assert {entry["key"] for entry in listed} == {entry.key for entry in CATALOGUE}
    assert {"key": "music", "label": "Music", "category": "personal", "iconName": "music", "usageCount": 0} in listed


def test_it_is_ordered_by_category_use_and_label(seeded: Backend) -> None:
    for name, keys in {"ada": ["music", "travel"], "bob": ["travel"]}.items():
        caller = seeded.sign_in(name)
        caller.call("users/mutations:updateUserInterests", userId=caller.user_id, interests=keys)
    listed = seeded.anonymous.call(LIST)
    assert listed == sorted(listed, key=lambda entry: (entry["category"], -entry["usageCount"], entry["label"]))
    assert [entry["key"] for entry in listed if entry["category"] == "personal"][:3] == ["travel", "music", "art"]


def test_one_category_can_be_asked_for(seeded: Backend) -> None:
    listed = seeded.anonymous.call(LIST, category="skill")
    assert {entry["key"] for entry in listed} == {entry.key for entry in CATALOGUE if entry.category == "skill"}
    assert seeded.anonymous.call(LIST, category="nope") == []


@pytest.mark.parametrize(("asked", "given"), [(3, 3), (2.9, 2), (0, 1), (-1, 1), (1e12, len(CATALOGUE))])
def test_the_limit_is_kept_within_bounds(seeded: Backend, asked: float, given: int) -> None:
    assert len(seeded.anonymous.call(LIST, limit=asked)) == given


@pytest.mark.parametrize("wrong", [math.nan, math.inf, "5", True])
def test_a_limit_is_a_number(seeded: Backend, wrong: Any) -> None:
    seeded.anonymous.fails(LIST, code="VALIDATION_ERROR", limit=wrong)


def test_own_interests_stand_among_the_personal_ones(seeded: Backend) -> None:
    ada = seeded.sign_in("ada")
    ada.call("users/mutations:saveOnboarding", **{**FORM, "interests": [chosen("new", "Sake", "personal")]})
    own = {"key": "custom:sake", "label": "Sake", "category": "personal"}
    assert own in ada.call(LIST)
    assert own in ada.call(LIST, category="personal")
    assert own not in ada.call(LIST, category="skill")
    assert own not in seeded.anonymous.call(LIST)


def test_an_unknown_or_deactivated_user_reads_public_answers(seeded: Backend) -> None:
    ada = seeded.sign_in("ada")
    ada.call("users/mutations:saveOnboarding", **{**FORM, "interests": [chosen("new", "Sake", "personal")]})
    ada.call("users/mutations:deactivateUser", userId=ada.user_id)
    everybody = seeded.anonymous.call(LIST)
    assert ada.call(LIST) == everybody
    assert seeded.sign_in("new", provision=False).call(LIST) == everybody
