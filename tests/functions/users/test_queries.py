"""Reading accounts and cards: who sees whom."""

import math
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.users import User
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller
from tests.support.people import claiming, me

BY_ID = "users/queries:getUserById"
CARD = "users/queries:getUserProfile"
NOBODY = encode_id(table_of(User).number, bytes(16))


@pytest.fixture
def ada(backend: Backend) -> Caller:
    """Somebody of an organisation."""
    return backend.sign_in("ada", org_id="org_1", org_role="member", picture="https://x.test/a.png")


@pytest.fixture
def bob(backend: Backend) -> Caller:
    """A colleague."""
    return backend.sign_in("bob", org_id="org_1", org_role="member")


@pytest.fixture
def eve(backend: Backend) -> Caller:
    """The admin of another organisation."""
    return backend.sign_in("eve", org_id="org_2", org_role="admin")


def hide(caller: Caller) -> None:
    """Make the caller's profile private."""
    caller.call("settings/mutations:updateSettings", profileVisibility=False)


def meeting_of(host: Caller, guest: Caller) -> str:
    """Return a running meeting of two, that neither has entered."""
    created = host.call("meetings/lifecycle:createMeeting", title="Talk")
    meeting: str = created["meetingId"]
    host.call("meetings/lifecycle:addParticipant", meetingId=meeting, userId=guest.user_id, role="participant")
    host.call("meetings/lifecycle:startMeeting", meetingId=meeting)
    return meeting


def test_the_own_account_is_null_without_a_token_and_before_signing_up(backend: Backend) -> None:
    assert backend.anonymous.call("users/queries:getCurrentUser") is None
    assert backend.sign_in("new", provision=False).call("users/queries:getCurrentUser") is None


def test_oneself_and_colleagues_are_read_whole(ada: Caller, bob: Caller) -> None:
    assert bob.call(BY_ID, userId=ada.user_id) == me(ada) == ada.call(BY_ID, userId=ada.user_id)


def test_strangers_and_nobody_are_refused_alike(ada: Caller, eve: Caller) -> None:
    refused = eve.fails(BY_ID, code="FORBIDDEN", userId=ada.user_id)
    assert eve.fails(BY_ID, code="FORBIDDEN", userId=NOBODY).message == refused.message


def test_people_without_an_organisation_are_no_colleagues(backend: Backend) -> None:
    one, other = backend.sign_in("one"), backend.sign_in("other")
    one.fails(BY_ID, code="FORBIDDEN", userId=other.user_id)


def test_the_organisation_is_that_of_the_token(ada: Caller, bob: Caller) -> None:
    claiming(bob, org_id="org_2").fails(BY_ID, code="FORBIDDEN", userId=ada.user_id)
    assert "orgId" not in claiming(bob, org_id=None, org_role=None).call(CARD, userId=ada.user_id)


def test_a_private_account_is_closed_to_colleagues_but_for_the_admin(
    backend: Backend, ada: Caller, bob: Caller
) -> None:
    boss = backend.sign_in("boss", org_id="org_1", org_role="admin")
    hide(ada)
    bob.fails(BY_ID, code="FORBIDDEN", userId=ada.user_id)
    assert boss.call(BY_ID, userId=ada.user_id)["email"] == "ada@example.org"


def test_a_card_has_the_organisation_for_colleagues_only(ada: Caller, bob: Caller, eve: Caller) -> None:
    card = {"_id": ada.user_id, "displayName": "Ada", "avatarUrl": "https://x.test/a.png", "isActive": True}
    assert eve.call(CARD, userId=ada.user_id) == card
    near = {**card, "orgId": "org_1", "orgRole": "member"}
    assert bob.call(CARD, userId=ada.user_id) == near
    assert ada.call(CARD, userId=ada.user_id) == near


def test_there_is_no_card_of_nobody(ada: Caller) -> None:
    assert ada.call(CARD, userId=NOBODY) is None


def test_a_private_card_is_like_none(backend: Backend, ada: Caller, bob: Caller, eve: Caller) -> None:
    boss = backend.sign_in("boss", org_id="org_1", org_role="admin")
    hide(ada)
    assert bob.call(CARD, userId=ada.user_id) is None
    assert eve.call(CARD, userId=ada.user_id) is None
    assert boss.call(CARD, userId=ada.user_id)["displayName"] == "Ada"
    assert ada.call(CARD, userId=ada.user_id)["displayName"] == "Ada"


def test_a_user_that_enters_a_meeting_is_seen_by_its_members(ada: Caller, eve: Caller) -> None:
    hide(ada)
    meeting = meeting_of(eve, ada)
    assert eve.call(CARD, userId=ada.user_id) is None, "inviting somebody opens nothing"
    ada.call("meetings/lifecycle:joinMeeting", meetingId=meeting)
    assert eve.call(CARD, userId=ada.user_id)["displayName"] == "Ada"


def test_a_user_that_calls_a_meeting_is_seen_by_its_members(backend: Backend, ada: Caller, eve: Caller) -> None:
    stranger = backend.sign_in("stranger")
    hide(ada)
    meeting_of(ada, eve)
    assert eve.call(CARD, userId=ada.user_id)["displayName"] == "Ada"
    assert stranger.call(CARD, userId=ada.user_id) is None


def page(caller: Caller, size: float = 10, cursor: Any = None) -> dict[str, Any]:
    """Return a page of the caller's colleagues."""
    listed: dict[str, Any] = caller.call(
        "users/queries:listActiveUsersInOrg", paginationOpts={"numItems": size, "cursor": cursor}
    )
    return listed


def names(listed: dict[str, Any]) -> list[str]:
    """Return the names on a page."""
    return [entry["displayName"] for entry in listed["page"]]


def test_colleagues_are_listed_newest_first_without_oneself(
    ada: Caller, bob: Caller, eve: Caller, backend: Backend
) -> None:
    backend.sign_in("cy", org_id="org_1")
    assert page(ada) == {
        "page": [
            {"_id": entry["_id"], "displayName": name, "isActive": True}
            for entry, name in zip(page(ada)["page"], ["Cy", "Bob"], strict=True)
        ],
        "isDone": True,
        "continueCursor": None,
    }
    assert names(page(eve)) == []


def test_pages_are_full_and_together_list_everybody(backend: Backend) -> None:
    people = [backend.sign_in(f"p{number}", org_id="org_1") for number in range(7)]
    for caller in people:
        found: list[str] = []
        cursor = None
        while True:
            listed = page(caller, 2, cursor)
            assert len(listed["page"]) == 2 or listed["isDone"]
            found += names(listed)
            cursor = listed["continueCursor"]
            if listed["isDone"]:
                break
        assert found == [f"P{number}" for number in reversed(range(7)) if people[number] is not caller]


def test_deactivated_people_are_not_listed(ada: Caller, bob: Caller) -> None:
    bob.call("users/mutations:deactivateUser", userId=bob.user_id)
    assert names(page(ada)) == []


def test_a_private_person_is_listed_without_name_and_picture(backend: Backend, ada: Caller, bob: Caller) -> None:
    boss = backend.sign_in("boss", org_id="org_1", org_role="admin")
    hide(ada)
    assert {"_id": ada.user_id, "isActive": True} in page(bob)["page"]
    assert "Ada" in names(page(boss))


def test_without_an_organisation_the_list_is_empty(backend: Backend, ada: Caller) -> None:
    loner = backend.sign_in("loner")
    assert page(loner) == {"page": [], "isDone": True, "continueCursor": None}
    assert page(claiming(ada, org_id=None))["page"] == []


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-5, 1), (1.9, 1), (1e9, 3), (math.pi, 3)])
def test_the_size_of_a_page_is_kept_within_bounds(backend: Backend, asked: float, given: int) -> None:
    people = [backend.sign_in(f"p{number}", org_id="org_1") for number in range(4)]
    assert len(page(people[0], asked)["page"]) == given


@pytest.mark.parametrize("options", [{"numItems": math.nan, "cursor": None}, {"numItems": math.inf, "cursor": None}])
def test_a_size_is_a_number(ada: Caller, options: dict[str, Any]) -> None:
    ada.fails("users/queries:listActiveUsersInOrg", code="VALIDATION_ERROR", paginationOpts=options)


@pytest.mark.parametrize(
    "options", [{}, {"numItems": 5}, {"numItems": "5", "cursor": None}, {"numItems": 5, "cursor": "x"}, None]
)
def test_options_have_their_shape(ada: Caller, options: Any) -> None:
    ada.fails("users/queries:listActiveUsersInOrg", code="VALIDATION_ERROR", paginationOpts=options)


@pytest.mark.parametrize("path", [BY_ID, CARD])
def test_the_id_is_an_id_of_a_person(ada: Caller, path: str) -> None:
    for wrong in ("", "nobody", ada.call("profiles/queries:getCurrentUserProfile")["_id"], 7, None):
        ada.fails(path, code="VALIDATION_ERROR", userId=wrong)
