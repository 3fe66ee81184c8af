"""Who is refused by every function about people: nobody, the not yet signed up, the deactivated, the signed out."""

from typing import Any

import pytest

from connvo.model.users import change_rate
from tests.support.backend import Backend, Caller
from tests.support.people import FORM

SIGNED_UP_ONLY: list[tuple[str, dict[str, Any]]] = [
    ("users/mutations:updateUserProfile", {"userId": "me", "goals": "Fly"}),
    ("users/mutations:updateUserInterests", {"userId": "me", "interests": []}),
    ("users/mutations:deactivateUser", {"userId": "me"}),
    ("users/mutations:reactivateUser", {"userId": "me"}),
    ("users/mutations:updateLastSeen", {}),
    ("users/mutations:saveOnboarding", FORM),
    ("users/queries:getUserById", {"userId": "me"}),
    ("users/queries:getUserProfile", {"userId": "me"}),
    ("users/queries:getOnboardingState", {}),
    ("users/queries:listActiveUsersInOrg", {"paginationOpts": {"numItems": 5, "cursor": None}}),
    ("profiles/queries:getProfileByUserIdPublic", {"userId": "me"}),
    ("profiles/mutations:createProfile", {"displayName": "Ada"}),
    ("profiles/mutations:updateProfile", {"displayName": "Ada"}),
    ("settings/queries:getCurrentUserSettings", {}),
    ("settings/mutations:updateSettings", {"dataSharing": True}),
    ("users/sessions:listMine", {}),
    ("users/sessions:describeSession", {"browser": "firefox", "system": "linux"}),
    ("users/sessions:endSession", {}),
    ("users/sessions:endOtherSessions", {}),
]
ALSO_WITHOUT_AN_ACCOUNT: list[tuple[str, dict[str, Any]]] = [
    ("users/queries:getCurrentUser", {}),
    ("profiles/queries:getCurrentUserProfile", {}),
]


def about(person: Caller, args: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with the person's id in them."""
    return {name: person.user_id if value == "me" else value for name, value in args.items()}


@pytest.mark.parametrize(("path", "args"), SIGNED_UP_ONLY)
def test_nobody_calls_without_a_token(backend: Backend, path: str, args: dict[str, Any]) -> None:
    ada = backend.sign_in("ada")
    backend.anonymous.fails(path, code="UNAUTHORIZED", **about(ada, args))


@pytest.mark.parametrize(("path", "args"), SIGNED_UP_ONLY)
def test_a_user_that_has_not_signed_up_is_told_to(backend: Backend, path: str, args: dict[str, Any]) -> None:
    ada = backend.sign_in("ada")
    new = backend.sign_in("new", provision=False)
    assert "upsertUser" in new.fails(path, code="UNAUTHORIZED", **about(ada, args)).message


@pytest.mark.parametrize(("path", "args"), SIGNED_UP_ONLY + ALSO_WITHOUT_AN_ACCOUNT)
def test_a_deactivated_account_is_refused_at_once(backend: Backend, path: str, args: dict[str, Any]) -> None:
    ada = backend.sign_in("ada", org_id="org_1", org_role="admin")
    ada.call("users/mutations:deactivateUser", userId=ada.user_id)
    ada.fails(path, code="FORBIDDEN", **about(ada, args))


def test_a_sign_in_that_was_ended_is_refused_by_each(backend: Backend) -> None:
    ada = backend.sign_in("ada", org_id="org_1", org_role="admin")
    ada.call("users/sessions:endSession")
    for path, args in SIGNED_UP_ONLY + ALSO_WITHOUT_AN_ACCOUNT:
        assert ada.fails(path, code="UNAUTHORIZED", **about(ada, args)).metadata == {"reason": "session_ended"}


@pytest.mark.parametrize(("path", "args"), SIGNED_UP_ONLY + ALSO_WITHOUT_AN_ACCOUNT)
def test_unknown_arguments_are_refused(backend: Backend, path: str, args: dict[str, Any]) -> None:
    ada = backend.sign_in("ada")
    error = ada.fails(path, code="VALIDATION_ERROR", **about(ada, args), surprise=1)
    assert error.metadata == {"field": "surprise"}


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("users/mutations:updateUserProfile", {"userId": "me", "goals": "Fly"}),
    ("users/mutations:updateUserInterests", {"userId": "me", "interests": []}),
    ("users/mutations:saveOnboarding", FORM),
    ("profiles/mutations:createProfile", {"displayName": "Ada"}),
    ("profiles/mutations:updateProfile", {"displayName": "Ada"}),
    ("settings/mutations:updateSettings", {"dataSharing": True}),
]


@pytest.mark.parametrize(("path", "args"), CHANGES)
def test_nobody_changes_things_faster_than_people_do(backend: Backend, path: str, args: dict[str, Any]) -> None:
    ada, bob = backend.sign_in("ada"), backend.sign_in("bob")
    for _ in range(int(change_rate.BURST)):
        ada.call("settings/mutations:updateSettings")
    refused = ada.fails(path, code="RATE_LIMIT_EXCEEDED", **about(ada, args))
    assert 0 < refused.metadata["retryAfterSeconds"] <= 1
    bob.call(path, **about(bob, args))
    backend.advance(1)
    ada.call(path, **about(ada, args))
