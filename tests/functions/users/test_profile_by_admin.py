"""updateUserProfile: one's own profile, or that of somebody in one's organisation."""

from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.users import User
from connvo.store.schema import table_of
from tests.support.backend import Backend
from tests.support.people import audit_rows, claiming, me

UPDATE = "users/mutations:updateUserProfile"


def test_given_fields_are_changed_and_the_others_stay(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    first = ada.call(UPDATE, userId=ada.user_id, bio="Writes programs.", goals="Fly", languages=["English", "English"])
    second = ada.call(UPDATE, userId=ada.user_id, displayName=" Countess ", experience="Notes", goals="")
    profile = ada.call("profiles/queries:getCurrentUserProfile")
    assert first == second == profile["_id"]
    assert profile["bio"] == "Writes programs."
    assert profile["languages"] == ["English"]
    assert profile["experience"] == "Notes"
    assert "goals" not in profile


def test_the_name_is_the_same_in_the_account_and_in_the_profile(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    ada.call(UPDATE, userId=ada.user_id, displayName="Countess")
    assert me(ada)["displayName"] == "Countess"
    assert ada.call("profiles/queries:getCurrentUserProfile")["displayName"] == "Countess"
    assert ada.call("users/queries:getUserProfile", userId=ada.user_id)["displayName"] == "Countess"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("displayName", ""),
        ("displayName", "   "),
        ("displayName", "x" * 81),
        ("bio", "x" * 1001),
        ("goals", "x" * 1001),
        ("experience", "x" * 1001),
        ("languages", ["x"] * 21),
    ],
)
def test_a_value_outside_the_limits_is_named(backend: Backend, field: str, value: Any) -> None:
    ada = backend.sign_in("ada")
    error = ada.fails(UPDATE, code="VALIDATION_ERROR", userId=ada.user_id, **{field: value})
    assert error.metadata["field"] == field


@pytest.mark.parametrize("wrong", ["", "nobody", "x" * 200, 7])
def test_the_id_is_an_id_of_a_person(backend: Backend, wrong: Any) -> None:
    ada = backend.sign_in("ada")
    profile = ada.call(UPDATE, userId=ada.user_id, goals="Fly")
    ada.fails(UPDATE, code="VALIDATION_ERROR", userId=wrong, goals="Walk")
    ada.fails(UPDATE, code="VALIDATION_ERROR", userId=profile, goals="Walk")


def test_an_update_without_changes_is_no_audit_event(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    ada.call(UPDATE, userId=ada.user_id, displayName="Ada", goals="Fly")
    before = ada.call("profiles/queries:getCurrentUserProfile")
    backend.advance(1)
    ada.call(UPDATE, userId=ada.user_id, displayName="Ada", goals="Fly")
    assert ada.call("profiles/queries:getCurrentUserProfile") == before
    [row] = audit_rows(backend, "profile.update")
    assert row.metadata == {"fields": "goals"}


def test_an_admin_of_the_organisation_may(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1")
    boss = backend.sign_in("boss", org_id="org_1", org_role="admin")
    boss.call(UPDATE, userId=ada.user_id, goals="Fly")
    [row] = audit_rows(backend, "profile.update")
    assert row.actor_user_id == boss.user_id


def test_nobody_else_may(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1")
    others = [
        backend.sign_in("bob", org_id="org_1", org_role="member"),
        backend.sign_in("eve", org_id="org_2", org_role="admin"),
        backend.sign_in("root", org_role="admin"),
    ]
    nobody = encode_id(table_of(User).number, bytes(16))
    for other in others:
        refused = other.fails(UPDATE, code="FORBIDDEN", userId=ada.user_id, goals="Fly")
        assert other.fails(UPDATE, code="FORBIDDEN", userId=nobody, goals="Fly").message == refused.message


def test_admin_rights_come_from_the_token_of_the_moment(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1")
    boss = backend.sign_in("boss", org_id="org_1", org_role="admin")
    claiming(boss, org_role="member").fails(UPDATE, code="FORBIDDEN", userId=ada.user_id, goals="Fly")
    bob = backend.sign_in("bob", org_id="org_1", org_role="member")
    claiming(bob, org_role="admin").call(UPDATE, userId=ada.user_id, goals="Fly")
