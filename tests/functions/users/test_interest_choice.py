"""updateUserInterests: replacing a list of interests."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connvo.schema.interests import UserInterest
from tests.support.backend import Backend, Caller
from tests.support.people import FORM, audit_rows, chosen, seed_catalogue, usage

UPDATE = "users/mutations:updateUserInterests"
KEYS = ["art", "film", "music", "travel"]


@pytest.fixture
def ada(backend: Backend) -> Caller:
    """Somebody of an organisation, with a catalogue to choose from."""
    seed_catalogue(backend)
    return backend.sign_in("ada", org_id="org_1")


def test_the_list_is_replaced_and_counted(backend: Backend, ada: Caller) -> None:
    assert ada.call(UPDATE, userId=ada.user_id, interests=["music", "art", "music"]) is None
    assert usage(backend) == {"music": 1, "art": 1}
    ada.call(UPDATE, userId=ada.user_id, interests=["art", "film"])
    assert usage(backend) == {"art": 1, "film": 1}
    ada.call(UPDATE, userId=ada.user_id, interests=[])
    assert usage(backend) == {}


def test_a_list_that_changes_nothing_is_no_deed(backend: Backend, ada: Caller) -> None:
    ada.call(UPDATE, userId=ada.user_id, interests=["music"])
    ada.call(UPDATE, userId=ada.user_id, interests=["music", "music"])
    [row] = audit_rows(backend, "interests.update")
    assert row.metadata == {"interestsCount": 1}


def test_unknown_keys_are_listed(ada: Caller) -> None:
    error = ada.fails(UPDATE, code="VALIDATION_ERROR", userId=ada.user_id, interests=["music", "nope", "neither"])
    assert error.metadata == {"field": "interests", "unknown": ["nope", "neither"]}


def test_own_interests_stay_and_go_by_their_key(backend: Backend, ada: Caller) -> None:
    bob = backend.sign_in("bob")
    ada.call("users/mutations:saveOnboarding", **{**FORM, "interests": [chosen("new", "Sake", "personal")]})
    ada.call(UPDATE, userId=ada.user_id, interests=["custom:sake", "music"])
    assert "custom:sake" in {entry["key"] for entry in ada.call("interests/queries:listCatalog")}
    bob.fails(UPDATE, code="VALIDATION_ERROR", userId=bob.user_id, interests=["custom:sake"])
    ada.call(UPDATE, userId=ada.user_id, interests=["music"])
    ada.fails(UPDATE, code="VALIDATION_ERROR", userId=ada.user_id, interests=["custom:sake"])


@pytest.mark.parametrize("wrong", [[f"key-{number}" for number in range(31)], [""], ["x" * 129], [1], "music", None])
def test_the_list_keeps_to_the_limits(ada: Caller, wrong: Any) -> None:
    ada.fails(UPDATE, code="VALIDATION_ERROR", userId=ada.user_id, interests=wrong)


def test_an_admin_of_the_organisation_may(backend: Backend, ada: Caller) -> None:
    boss = backend.sign_in("boss", org_id="org_1", org_role="admin")
    boss.call(UPDATE, userId=ada.user_id, interests=["music"])
    [row] = audit_rows(backend, "interests.update")
    assert (row.actor_user_id, row.resource_id) == (boss.user_id, ada.user_id)


def test_nobody_else_may(backend: Backend, ada: Caller) -> None:
    colleague = backend.sign_in("bob", org_id="org_1", org_role="member")
    stranger = backend.sign_in("eve", org_id="org_2", org_role="admin")
    for other in (colleague, stranger):
        other.fails(UPDATE, code="FORBIDDEN", userId=ada.user_id, interests=[])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["ada", "bob"]), st.sets(st.sampled_from(KEYS))), max_size=6))
def test_usage_always_equals_the_number_of_people(backend: Backend, saves: list[tuple[str, set[str]]]) -> None:
    seed_catalogue(backend)
    backend.advance(60)
    for name, keys in saves:
        person = backend.sign_in(name)
        person.call(UPDATE, userId=person.user_id, interests=sorted(keys))
        rows = backend.read(lambda db: db.scan(UserInterest, "by_creation"))
        assert usage(backend) == Counter(row.interest_key for row in rows)
