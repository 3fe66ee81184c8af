"""updateLastSeen: rarely written, and only for people who allow it."""

from tests.support.backend import Backend
from tests.support.people import me

SEEN = "users/mutations:updateLastSeen"


def test_it_is_written_once_a_minute(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    first = me(ada)["lastSeenAt"]
    backend.advance(59)
    commits = backend.commit_count()
    assert ada.call(SEEN) is None
    assert backend.commit_count() == commits
    backend.advance(2)
    ada.call(SEEN)
    assert me(ada)["lastSeenAt"] > first
    assert me(ada)["updatedAt"] == me(ada)["createdAt"]


def test_signing_in_counts_as_being_seen(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    first = me(ada)["lastSeenAt"]
    backend.advance(61)
    backend.sign_in("ada")
    assert me(ada)["lastSeenAt"] > first


def test_nothing_is_noted_of_users_that_do_not_want_it(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    ada.call("settings/mutations:updateSettings", activityTracking=False)
    first = me(ada)["lastSeenAt"]
    backend.advance(3600)
    ada.call(SEEN)
    backend.sign_in("ada")
    assert me(ada)["lastSeenAt"] == first
