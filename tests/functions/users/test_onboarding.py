"""saveOnboarding: the whole form at once, and once only."""

import math
from typing import Any

import pytest

from connvo.schema.idempotency import IdempotencyKey
from tests.support.backend import Backend, Caller
from tests.support.people import FORM, audit_rows, chosen, me, seed_catalogue, usage

SAVE = "users/mutations:saveOnboarding"
A_DAY = 24 * 3600


@pytest.fixture
def ada(backend: Backend) -> Caller:
    """Somebody who has signed in, with a catalogue to choose from."""
    seed_catalogue(backend)
    return backend.sign_in("ada")


def own(caller: Caller) -> list[dict[str, Any]]:
    """Return the interests of the catalogue that only the caller sees."""
    listed = caller.call("interests/queries:listCatalog", limit=500)
    return [entry for entry in listed if entry["key"].startswith("custom:")]


def test_the_form_is_stored_as_a_whole(backend: Backend, ada: Caller) -> None:
    backend.advance(10)
    form = {**FORM, "linkedinUrl": "https://linkedin.com/in/ada", "interests": [chosen("writing"), chosen("music")]}
    saved = ada.call(SAVE, **form)
    profile = ada.call("profiles/queries:getCurrentUserProfile")
    assert saved == {
        "userId": ada.user_id,
        "profileId": profile["_id"],
        "interestsCount": 2,
        "onboardingCompleted": True,
    }
    told = {key: value for key, value in form.items() if key != "interests"}
    assert {key: profile[key] for key in told} == told
    assert profile["displayName"] == "Ada"
    assert usage(backend) == {"writing": 1, "music": 1}


def test_the_onboarding_state_says_so(backend: Backend, ada: Caller) -> None:
    state = ada.call("users/queries:getOnboardingState")
    assert state["onboardingComplete"] is False
    assert state["profileExists"] is True
    assert "completedAt" not in state
    saved = ada.call(SAVE, **FORM)
    state = ada.call("users/queries:getOnboardingState")
    row = me(ada)
    assert state == {
        "userId": ada.user_id,
        "onboardingComplete": True,
        "profileExists": True,
        "profileId": saved["profileId"],
        "completedAt": row["onboardingCompletedAt"],
    }
    assert row["onboardingStartedAt"] == row["onboardingCompletedAt"]


def test_it_is_audited_without_the_reported_text(backend: Backend, ada: Caller) -> None:
    ada.call(SAVE, **{**FORM, "interests": [chosen("writing")]})
    [saved] = audit_rows(backend, "onboarding.save")
    [profile] = audit_rows(backend, "profile.update")
    assert saved.metadata == {"interestsCount": 1}
    assert profile.metadata == {"fields": "age,bio,company,field,gender,jobTitle"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("age", 12),
        ("age", 121),
        ("age", 20.5),
        ("age", math.nan),
        ("age", math.inf),
        ("bio", ""),
        ("bio", "too short"),
        ("bio", "x" * 1001),
        ("field", ""),
        ("field", "x" * 121),
        ("jobTitle", " "),
        ("jobTitle", "x" * 121),
        ("company", ""),
        ("company", "\u202e"),
        ("linkedinUrl", "javascript:alert(1)"),
        ("linkedinUrl", "https://example.org/" + "x" * 2048),
        ("idempotencyKey", ""),
        ("idempotencyKey", "x" * 201),
    ],
)
def test_a_value_outside_the_limits_is_named(ada: Caller, field: str, value: Any) -> None:
    error = ada.fails(SAVE, code="VALIDATION_ERROR", **{**FORM, field: value})
    assert error.metadata["field"] == field


@pytest.mark.parametrize(
    ("field", "value"),
    [("gender", "unknown"), ("age", "36"), ("interests", [{"id": "a"}]), ("unknown", 1), ("bio", None)],
)
def test_the_shape_of_the_form_is_checked(ada: Caller, field: str, value: Any) -> None:
    ada.fails(SAVE, code="VALIDATION_ERROR", **{**FORM, field: value})


def test_a_form_must_be_complete(ada: Caller) -> None:
    for field in FORM:
        rest = {key: value for key, value in FORM.items() if key != field}
        assert ada.fails(SAVE, code="VALIDATION_ERROR", **rest).metadata == {"field": field}


def test_an_empty_web_address_is_none(ada: Caller) -> None:
    ada.call(SAVE, **FORM, linkedinUrl="")
    assert "linkedinUrl" not in ada.call("profiles/queries:getCurrentUserProfile")


def test_saving_again_adjusts_the_counts_by_the_changes(backend: Backend, ada: Caller) -> None:
    bob = backend.sign_in("bob")
    ada.call(SAVE, **{**FORM, "interests": [chosen("writing"), chosen("music"), chosen("music")]})
    bob.call(SAVE, **{**FORM, "interests": [chosen("music")]})
    assert usage(backend) == {"writing": 1, "music": 2}
    ada.call(SAVE, **{**FORM, "interests": [chosen("writing"), chosen("art")]})
    ada.call(SAVE, **{**FORM, "interests": [chosen("writing"), chosen("art")]})
    assert usage(backend) == {"writing": 1, "art": 1, "music": 1}
    ada.call(SAVE, **FORM)
    bob.call(SAVE, **FORM)
    assert usage(backend) == {}


@pytest.mark.parametrize("category", ["academic", "industry", "skill"])
def test_an_unknown_interest_is_taken_only_as_a_personal_one(ada: Caller, category: str) -> None:
    error = ada.fails(SAVE, code="VALIDATION_ERROR", **{**FORM, "interests": [chosen("nope", category=category)]})
    assert error.metadata == {"field": "interests", "unknown": ["nope"]}


def test_an_own_interest_is_seen_by_its_creator_alone(backend: Backend, ada: Caller) -> None:
    bob = backend.sign_in("bob")
    interests = [chosen("new-1", "日本酒", "personal", iconName="wine"), chosen("new-2", " Secret  club ", "personal")]
    assert ada.call(SAVE, **{**FORM, "interests": interests})["interestsCount"] == 2
    assert own(ada) == [
        {"key": "custom:secret-club", "label": "Secret club", "category": "personal"},
        {"key": "custom:日本酒", "label": "日本酒", "category": "personal", "iconName": "wine"},
    ]
    assert own(bob) == []
    assert own(backend.anonymous) == []


def test_own_interests_shown_in_the_catalogue_can_be_sent_back(ada: Caller) -> None:
    ada.call(SAVE, **{**FORM, "interests": [chosen("new", "C++", "personal")]})
    [entry] = own(ada)
    ada.call(SAVE, **{**FORM, "interests": [chosen(entry["key"], entry["label"], entry["category"])]})
    assert own(ada) == [entry]


def test_equal_own_interests_count_once(ada: Caller) -> None:
    twice = [chosen("a", "Sake", "personal"), chosen("b", "SAKE", "personal")]
    assert ada.call(SAVE, **{**FORM, "interests": twice})["interestsCount"] == 1


def test_there_are_five_own_interests_at_most(ada: Caller) -> None:
    many = [chosen(f"new-{number}", f"Hobby {number}", "personal") for number in range(6)]
    ada.fails(SAVE, code="VALIDATION_ERROR", **{**FORM, "interests": many})
    assert ada.call(SAVE, **{**FORM, "interests": many[:5]})["interestsCount"] == 5


@pytest.mark.parametrize(
    "item",
    [
        chosen("new", " x ", "personal"),
        chosen("x" * 129, "Hobby", "personal"),
        chosen("new", "x" * 201, "personal"),
        chosen("new", "Hobby", "personal", iconName="x" * 65),
    ],
)
def test_an_own_interest_keeps_to_the_limits(ada: Caller, item: dict[str, Any]) -> None:
    ada.fails(SAVE, code="VALIDATION_ERROR", **{**FORM, "interests": [item]})


def test_there_are_thirty_interests_at_most(backend: Backend, ada: Caller) -> None:
    keys = [entry["key"] for entry in ada.call("interests/queries:listCatalog", limit=31)]
    ada.fails(SAVE, code="VALIDATION_ERROR", **{**FORM, "interests": [chosen(key) for key in keys]})
    ada.fails(SAVE, code="VALIDATION_ERROR", **{**FORM, "interests": [chosen(keys[0])] * 101})
    assert ada.call(SAVE, **{**FORM, "interests": [chosen(key) for key in keys[:30]]})["interestsCount"] == 30


def test_a_repeated_request_is_answered_and_changes_nothing(backend: Backend, ada: Caller) -> None:
    form = {**FORM, "interests": [chosen("writing")], "idempotencyKey": "one"}
    first = ada.call(SAVE, **form)
    row = me(ada)
    backend.advance(60)
    assert ada.call(SAVE, **form) == first
    assert me(ada) == row
    assert len(audit_rows(backend, "onboarding.save")) == 1


def test_a_key_used_with_another_form_is_a_conflict(ada: Caller) -> None:
    ada.call(SAVE, **FORM, idempotencyKey="one")
    error = ada.fails(SAVE, code="CONFLICT", **{**FORM, "company": "Other"}, idempotencyKey="one")
    assert error.metadata == {"field": "idempotencyKey"}


def test_keys_differ_by_the_end_of_a_long_form(ada: Caller) -> None:
    ada.call(SAVE, **{**FORM, "bio": "x" * 900 + "a"}, idempotencyKey="one")
    ada.fails(SAVE, code="CONFLICT", **{**FORM, "bio": "x" * 900 + "b"}, idempotencyKey="one")


def test_a_key_belongs_to_one_person(backend: Backend, ada: Caller) -> None:
    bob = backend.sign_in("bob")
    ada.call(SAVE, **FORM, idempotencyKey="one")
    assert bob.call(SAVE, **{**FORM, "company": "Other"}, idempotencyKey="one")["userId"] == bob.user_id
    assert bob.call("profiles/queries:getCurrentUserProfile")["company"] == "Other"


def test_a_key_is_forgotten_after_a_day(backend: Backend, ada: Caller) -> None:
    ada.call(SAVE, **FORM, idempotencyKey="one")
    backend.advance(A_DAY + 1)
    ada.call(SAVE, **{**FORM, "company": "Other"}, idempotencyKey="one")
    assert ada.call("profiles/queries:getCurrentUserProfile")["company"] == "Other"


def test_going_back_to_an_older_form_is_saved(ada: Caller) -> None:
    older, newer = {**FORM, "idempotencyKey": "one"}, {**FORM, "company": "Other", "idempotencyKey": "two"}
    for form in (older, newer, older):
        ada.call(SAVE, **form)
    assert ada.call("profiles/queries:getCurrentUserProfile")["company"] == FORM["company"]


def test_without_a_key_every_save_is_done(backend: Backend, ada: Caller) -> None:
    ada.call(SAVE, **FORM)
    ada.call(SAVE, **FORM)
    assert len(audit_rows(backend, "onboarding.save")) == 2
    assert backend.read(lambda db: db.scan(IdempotencyKey, "by_creation")) == []


def test_a_key_whose_form_failed_is_free(ada: Caller) -> None:
    ada.fails(SAVE, code="VALIDATION_ERROR", **{**FORM, "age": 5}, idempotencyKey="one")
    assert ada.call(SAVE, **FORM, idempotencyKey="one")["onboardingCompleted"] is True
