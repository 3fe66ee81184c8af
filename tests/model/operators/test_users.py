"""Operators find accounts, close them and erase them; every step is recorded, and the erased are gone."""

import pytest

from connvo.schema.audit import AuditLog
from connvo.schema.users import User
from tests.support.backend import Backend, Caller
from tests.support.scene import Scene

FIND = "operators/users:findUsers"
ACTIVE = "operators/users:setUserActive"
ERASE = "operators/users:eraseUser"


@pytest.fixture
def operator(scene: Scene) -> Caller:
    return scene.backend.sign_in("olga", operator=True)


def found(operator: Caller, text: str) -> list[str]:
    return [one["id"] if "id" in one else one["_id"] for one in operator.call(FIND, text=text)]


def actions(backend: Backend) -> list[str]:
    return [row.action for row in backend.read(lambda db: db.scan(AuditLog, "by_creation"))]


def test_an_account_is_found_by_id_address_and_part_of_its_name(scene: Scene, operator: Caller) -> None:
    for text in (scene.guest.user_id, "GUSTAV@example.org", "gust", " ustav "):
        assert found(operator, text) == [scene.guest.user_id]
    assert found(operator, "") == found(operator, "nobody at all") == []


def test_a_deactivated_account_is_refused_at_once_and_may_come_back(scene: Scene, operator: Caller) -> None:
    scene.start()
    scene.join(scene.guest)
    operator.call(ACTIVE, userId=scene.guest.user_id, active=False)
    scene.guest.fails("meetings/queries:listUserMeetings", "FORBIDDEN")
    operator.fails(ACTIVE, "VALIDATION_ERROR", userId=scene.guest.user_id, active=False)
    operator.call(ACTIVE, userId=scene.guest.user_id, active=True)
    assert scene.guest.call("meetings/queries:listUserMeetings") is not None
    assert actions(scene.backend)[-2:] == ["user.deactivate", "user.reactivate"]


def test_an_erased_account_has_no_person_left(scene: Scene, operator: Caller) -> None:
    operator.call(ERASE, userId=scene.guest.user_id)
    scene.guest.fails("meetings/queries:listUserMeetings", "FORBIDDEN")
    scene.backend.advance(1)
    user = scene.backend.read(lambda db: db.get(User, scene.guest.user_id))
    assert user is not None and (user.email, user.display_name) == ("", "Deleted user")
    assert {"user.erase_begun", "user.erase"} <= set(actions(scene.backend))
    operator.fails(ERASE, "NOT_FOUND", userId=scene.guest.user_id)


def test_operators_do_not_close_their_own_account_here(operator: Caller) -> None:
    operator.fails(ACTIVE, "FORBIDDEN", userId=operator.user_id, active=False)
    operator.fails(ERASE, "FORBIDDEN", userId=operator.user_id)
