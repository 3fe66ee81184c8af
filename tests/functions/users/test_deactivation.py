"""deactivateUser and reactivateUser: an account is closed at once, everywhere."""

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.meetings import Participant
from connvo.schema.users import User
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller
from tests.support.people import audit_rows

DEACTIVATE = "users/mutations:deactivateUser"
REACTIVATE = "users/mutations:reactivateUser"


@pytest.fixture
def ada(backend: Backend) -> Caller:
    """Somebody of an organisation."""
    return backend.sign_in("ada", org_id="org_1")


@pytest.fixture
def boss(backend: Backend) -> Caller:
    """The admin of that organisation."""
    return backend.sign_in("boss", org_id="org_1", org_role="admin")


def test_people_may_close_their_own_account(backend: Backend, ada: Caller) -> None:
    assert ada.call(DEACTIVATE, userId=ada.user_id) is None
    ada.fails("users/mutations:updateLastSeen", code="FORBIDDEN")
    [row] = audit_rows(backend, "user.deactivate")
    assert (row.actor_user_id, row.resource_id, row.metadata) == (ada.user_id, ada.user_id, {})


def test_an_admin_may_close_and_open_it(backend: Backend, ada: Caller, boss: Caller) -> None:
    boss.call(DEACTIVATE, userId=ada.user_id)
    ada.fails("users/queries:getCurrentUser", code="FORBIDDEN")
    assert boss.call("users/queries:getUserById", userId=ada.user_id)["isActive"] is False
    assert boss.call(REACTIVATE, userId=ada.user_id) is None
    assert ada.call("users/queries:getCurrentUser")["isActive"] is True
    assert len(audit_rows(backend, "user.reactivate")) == 1


def test_closing_and_opening_twice_is_refused(ada: Caller, boss: Caller) -> None:
    boss.fails(REACTIVATE, code="VALIDATION_ERROR", userId=ada.user_id)
    boss.call(DEACTIVATE, userId=ada.user_id)
    assert boss.fails(DEACTIVATE, code="VALIDATION_ERROR", userId=ada.user_id).metadata == {"field": "userId"}


def test_nobody_opens_the_own_account(ada: Caller, boss: Caller) -> None:
    ada.call(DEACTIVATE, userId=ada.user_id)
    ada.fails(REACTIVATE, code="FORBIDDEN", userId=ada.user_id)
    boss.call(DEACTIVATE, userId=boss.user_id)
    boss.fails(REACTIVATE, code="FORBIDDEN", userId=boss.user_id)


@pytest.mark.parametrize("path", [DEACTIVATE, REACTIVATE])
def test_nobody_else_may(backend: Backend, ada: Caller, path: str) -> None:
    colleague = backend.sign_in("bob", org_id="org_1", org_role="member")
    stranger = backend.sign_in("eve", org_id="org_2", org_role="admin")
    nobody = encode_id(table_of(User).number, bytes(16))
    for other in (colleague, stranger):
        refused = other.fails(path, code="FORBIDDEN", userId=ada.user_id)
        assert other.fails(path, code="FORBIDDEN", userId=nobody).message == refused.message


@pytest.mark.parametrize("path", [DEACTIVATE, REACTIVATE])
def test_the_id_is_an_id_of_a_person(boss: Caller, path: str) -> None:
    boss.fails(path, code="VALIDATION_ERROR", userId="nobody")
    boss.fails(path, code="VALIDATION_ERROR")


def test_a_closed_account_has_left_its_meetings(backend: Backend, ada: Caller, boss: Caller) -> None:
    meeting = boss.call("meetings/lifecycle:createMeeting", title="Talk")["meetingId"]
    boss.call("meetings/lifecycle:addParticipant", meetingId=meeting, userId=ada.user_id, role="participant")
    boss.call("meetings/lifecycle:startMeeting", meetingId=meeting)
    ada.call("meetings/lifecycle:joinMeeting", meetingId=meeting)
    boss.call(DEACTIVATE, userId=ada.user_id)
    memberships = backend.read(lambda db: db.scan(Participant, "by_user", ada.user_id))
    assert [member for member in memberships if member.presence == "joined"] == []


def test_a_meeting_whose_only_host_is_gone_is_handed_over(backend: Backend, ada: Caller, boss: Caller) -> None:
    meeting = boss.call("meetings/lifecycle:createMeeting", title="Talk")["meetingId"]
    boss.call("meetings/lifecycle:addParticipant", meetingId=meeting, userId=ada.user_id, role="participant")
    boss.call("meetings/lifecycle:startMeeting", meetingId=meeting)
    ada.call("meetings/lifecycle:joinMeeting", meetingId=meeting)
    boss.call(DEACTIVATE, userId=boss.user_id)
    ada.call("meetings/lifecycle:endMeeting", meetingId=meeting)
