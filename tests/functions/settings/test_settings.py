"""People's preferences."""

from typing import Any

import pytest

from tests.support.backend import Backend
from tests.support.people import audit_rows

READ = "settings/queries:getCurrentUserSettings"
UPDATE = "settings/mutations:updateSettings"
DEFAULTS = {
    "emailNotifications": True,
    "pushNotifications": True,
    "smsNotifications": False,
    "profileVisibility": True,
    "dataSharing": False,
    "activityTracking": True,
}


def test_there_are_none_before_the_first_change(backend: Backend) -> None:
    assert backend.sign_in("ada").call(READ) is None


def test_an_argument_not_given_takes_the_default_at_first(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    made = ada.call(UPDATE, dataSharing=True)
    saved = ada.call(READ)
    assert saved == {
        "_id": made,
        "userId": ada.user_id,
        **DEFAULTS,
        "dataSharing": True,
        "createdAt": saved["createdAt"],
        "updatedAt": saved["createdAt"],
    }


def test_an_argument_not_given_keeps_its_value_later(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    made = ada.call(UPDATE, **{name: not flag for name, flag in DEFAULTS.items()})
    backend.advance(1)
    assert ada.call(UPDATE, smsNotifications=False) == made
    saved = ada.call(READ)
    assert saved["smsNotifications"] is False
    assert saved["emailNotifications"] is False
    assert saved["updatedAt"] > saved["createdAt"]


def test_everybody_has_settings_of_their_own(backend: Backend) -> None:
    ada, bob = backend.sign_in("ada"), backend.sign_in("bob")
    assert ada.call(UPDATE, dataSharing=True) != bob.call(UPDATE)
    assert bob.call(READ)["dataSharing"] is False


def test_saving_the_current_settings_is_no_audit_event(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    ada.call(UPDATE, dataSharing=True)
    before = ada.call(READ)
    backend.advance(1)
    ada.call(UPDATE, dataSharing=True)
    assert ada.call(READ) == before
    assert len(audit_rows(backend, "settings.update")) == 1


def test_changes_are_audited_by_name(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    made = ada.call(UPDATE, dataSharing=True, profileVisibility=False, smsNotifications=False)
    [row] = audit_rows(backend, "settings.update")
    assert (row.resource_type, row.resource_id, row.actor_user_id) == ("userSettings", made, ada.user_id)
    assert row.metadata == {"fields": "dataSharing,profileVisibility"}


@pytest.mark.parametrize("wrong", ["yes", 1, [], {}])
def test_a_setting_is_on_or_off(backend: Backend, wrong: Any) -> None:
    error = backend.sign_in("ada").fails(UPDATE, code="VALIDATION_ERROR", dataSharing=wrong)
    assert error.metadata == {"field": "dataSharing"}
