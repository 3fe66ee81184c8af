"""One's own profile, and what others may read of it."""

from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.profiles import Profile
from connvo.schema.users import User
from connvo.store.schema import table_of
from tests.support.backend import Backend
from tests.support.people import audit_rows, me

OWN = "profiles/queries:getCurrentUserProfile"
PUBLIC = "profiles/queries:getProfileByUserIdPublic"
CREATE = "profiles/mutations:createProfile"
UPDATE = "profiles/mutations:updateProfile"
WHOLE: dict[str, Any] = {
    "displayName": "Countess",
    "bio": "Writes programs for machines to come.",
    "goals": "Fly",
    "languages": ["English", "Français"],
    "experience": "Notes on the engine",
    "field": "Mathematics",
    "jobTitle": "Analyst",
    "company": "Analytical Engines",
    "linkedinUrl": "https://linkedin.com/in/ada",
    "age": 36,
    "gender": "prefer-not-to-say",
}
PRIVATE = {"linkedinUrl", "age", "gender"}


@pytest.mark.parametrize("path", [CREATE, UPDATE])
def test_every_field_is_stored_and_read_back(backend: Backend, path: str) -> None:
    ada = backend.sign_in("ada")
    made = ada.call(path, **WHOLE)
    profile = ada.call(OWN)
    assert profile.keys() == {*WHOLE, "_id", "userId", "createdAt", "updatedAt"}
    assert {key: profile[key] for key in WHOLE} == WHOLE
    assert (profile["_id"], profile["userId"]) == (made, ada.user_id)
    assert me(ada)["displayName"] == "Countess"
    assert len(backend.read(lambda db: db.scan(Profile, "by_creation"))) == 1


def test_fields_that_are_not_given_stay(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    ada.call(CREATE, **WHOLE)
    ada.call(UPDATE, goals="")
    profile = ada.call(OWN)
    assert "goals" not in profile
    assert profile["bio"] == WHOLE["bio"]
    ada.call(UPDATE)
    assert ada.call(OWN) == profile


def test_a_profile_is_made_with_a_name(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    assert ada.fails(CREATE, code="VALIDATION_ERROR", bio=WHOLE["bio"]).metadata == {"field": "displayName"}


@pytest.mark.parametrize("path", [CREATE, UPDATE])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("displayName", " "),
        ("displayName", "x" * 81),
        ("bio", "too short"),
        ("bio", "x" * 1001),
        ("goals", "x" * 1001),
        ("languages", ["x"] * 21),
        ("experience", "x" * 1001),
        ("field", "x" * 121),
        ("jobTitle", "x" * 121),
        ("company", "x" * 121),
        ("linkedinUrl", "javascript:alert(1)"),
        ("linkedinUrl", "data:text/html,x"),
        ("age", 12),
        ("age", 36.6),
    ],
)
def test_a_value_outside_the_limits_is_named(backend: Backend, path: str, field: str, value: Any) -> None:
    ada = backend.sign_in("ada")
    error = ada.fails(path, code="VALIDATION_ERROR", **{"displayName": "Ada", field: value})
    assert error.metadata is not None
    assert error.metadata["field"] == field


def test_changes_are_audited_by_name_only(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    made = ada.call(UPDATE, **WHOLE)
    ada.call(UPDATE, **WHOLE)
    [row] = audit_rows(backend, "profile.update")
    assert (row.resource_type, row.resource_id) == ("profiles", made)
    assert row.metadata == {"fields": ",".join(sorted(WHOLE))}


def test_the_own_profile_is_null_for_nobody(backend: Backend) -> None:
    assert backend.anonymous.call(OWN) is None
    assert backend.sign_in("new", provision=False).call(OWN) is None


def test_others_read_neither_age_nor_gender_nor_addresses(backend: Backend) -> None:
    ada, bob = backend.sign_in("ada"), backend.sign_in("bob")
    made = ada.call(CREATE, **WHOLE)
    public = {key: value for key, value in WHOLE.items() if key not in PRIVATE}
    assert bob.call(PUBLIC, userId=ada.user_id) == {"_id": made, "userId": ada.user_id, **public}


def test_there_is_no_profile_of_nobody(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    assert ada.call(PUBLIC, userId=encode_id(table_of(User).number, bytes(16))) is None


def test_a_private_profile_is_like_none(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1")
    boss = backend.sign_in("boss", org_id="org_1", org_role="admin")
    colleague = backend.sign_in("bob", org_id="org_1")
    stranger = backend.sign_in("eve", org_id="org_2", org_role="admin")
    ada.call("settings/mutations:updateSettings", profileVisibility=False)
    assert colleague.call(PUBLIC, userId=ada.user_id) is None
    assert stranger.call(PUBLIC, userId=ada.user_id) is None
    assert boss.call(PUBLIC, userId=ada.user_id)["displayName"] == "Ada"
    assert ada.call(PUBLIC, userId=ada.user_id)["displayName"] == "Ada"
    ada.call("settings/mutations:updateSettings", profileVisibility=True)
    assert stranger.call(PUBLIC, userId=ada.user_id)["displayName"] == "Ada"


def test_a_closed_account_shows_no_profile(backend: Backend) -> None:
    ada, bob = backend.sign_in("ada"), backend.sign_in("bob")
    ada.call("users/mutations:deactivateUser", userId=ada.user_id)
    assert bob.call(PUBLIC, userId=ada.user_id) is None


@pytest.mark.parametrize("wrong", ["", "nobody", 7, None])
def test_the_id_is_an_id_of_a_person(backend: Backend, wrong: Any) -> None:
    backend.sign_in("ada").fails(PUBLIC, code="VALIDATION_ERROR", userId=wrong)
