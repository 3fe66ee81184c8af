"""People whom hosts have turned away or removed: hosts see them, and can let them in again."""

from typing import Any

import pytest

from connvo.settings import MeetingSettings
from tests.support.backend import Caller
from tests.support.people import audit_rows
from tests.support.scene import Scene
from tests.support.store import ENGINES

from .test_door import DOOR, admission, answer, door, knock, link
from .test_links import refused


def kept_out(scene: Scene) -> list[tuple[str, str]]:
    found = scene.host.call(f"{DOOR}:listKeptOut", meetingId=scene.meeting_id)
    return [(one["user"]["displayName"], one["why"]) for one in found]


def remove(scene: Scene, person: Caller) -> None:
    scene.of(scene.host, "removeParticipant", userId=person.user_id)


def turn_away(scene: Scene, person: Caller) -> None:
    door(scene, "ask")
    knock(scene, person)
    answer(scene, "turnAway", person)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_user_that_was_turned_away_is_let_in_again(make_backend: Any, engine: str) -> None:
    scene = Scene(make_backend(ENGINES[engine]))
    turn_away(scene, scene.outsider)
    assert kept_out(scene) == [("Otto", "turned_away")]
    metadata = refused(scene.outsider, link(scene), "FORBIDDEN").metadata
    assert (metadata["reason"], metadata["meetingId"]) == ("turned_away", scene.meeting_id)
    answer(scene, "letInAgain", scene.outsider)
    assert admission(scene, scene.outsider) == {"state": "member"}
    assert scene.membership(scene.outsider).role == "participant"
    assert kept_out(scene) == []
    knock(scene, scene.outsider)
    scene.start()
    scene.join(scene.outsider)
    [row] = audit_rows(scene.backend, "meeting.let_in_again")
    assert row.metadata == {"userId": scene.outsider.user_id}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_member_that_was_removed_is_let_in_again(make_backend: Any, engine: str) -> None:
    scene = Scene(make_backend(ENGINES[engine]))
    scene.start()
    link(scene)
    scene.join(scene.host, scene.guest)
    remove(scene, scene.guest)
    assert kept_out(scene) == [("Gustav", "removed")]
    assert admission(scene, scene.guest) == {"state": "removed"}
    assert refused(scene.guest, link(scene), "FORBIDDEN").metadata["reason"] == "removed"
    answer(scene, "letInAgain", scene.guest)
    assert (kept_out(scene), admission(scene, scene.guest)) == ([], {"state": "member"})
    assert knock(scene, scene.guest) == {"meetingId": scene.meeting_id}
    scene.join(scene.guest)
    remove(scene, scene.guest)
    assert kept_out(scene) == [("Gustav", "removed")]


def test_a_removal_is_told_where_there_was_no_link_as_well(scene: Scene) -> None:
    remove(scene, scene.guest)
    assert admission(scene, scene.guest) == {"state": "removed"}
    error = scene.guest.fails("meetings/queries:getMeeting", code="FORBIDDEN", meetingId=scene.meeting_id)
    assert error.metadata["reason"] == "removed"


def test_a_member_that_was_removed_before_ever_coming_is_asked(scene: Scene) -> None:
    remove(scene, scene.guest)
    answer(scene, "letInAgain", scene.guest)
    assert scene.membership(scene.guest).asked
    scene.guest.call("meetings/invitations:acceptInvitation", meetingId=scene.meeting_id)
    assert admission(scene, scene.guest) == {"state": "member"}


def test_the_latest_comes_first_and_closed_accounts_are_left_out(scene: Scene) -> None:
    turn_away(scene, scene.outsider)
    scene.backend.advance(5)
    remove(scene, scene.guest)
    scene.backend.advance(5)
    remove(scene, scene.watcher)
    assert kept_out(scene) == [("Wanda", "removed"), ("Gustav", "removed"), ("Otto", "turned_away")]
    scene.guest.call("users/mutations:deactivateUser", userId=scene.guest.user_id)
    assert kept_out(scene) == [("Wanda", "removed"), ("Otto", "turned_away")]
    about = {"meetingId": scene.meeting_id, "userId": scene.guest.user_id}
    scene.host.fails(f"{DOOR}:letInAgain", code="NOT_FOUND", **about)


def test_only_users_kept_out_are_let_in_again(scene: Scene) -> None:
    about = {"meetingId": scene.meeting_id}
    for person in (scene.guest, scene.outsider):
        scene.host.fails(f"{DOOR}:letInAgain", code="NOT_FOUND", userId=person.user_id, **about)
    turn_away(scene, scene.outsider)
    scene.guest.fails(f"{DOOR}:listKeptOut", code="INSUFFICIENT_PERMISSIONS", **about)
    scene.guest.fails(f"{DOOR}:letInAgain", code="INSUFFICIENT_PERMISSIONS", userId=scene.outsider.user_id, **about)
    scene.of(scene.host, "cancelMeeting")
    scene.host.fails(f"{DOOR}:letInAgain", code="VALIDATION_ERROR", userId=scene.outsider.user_id, **about)


def test_closing_the_door_leaves_waiting_users_to_the_host(scene: Scene) -> None:
    door(scene, "ask")
    knock(scene, scene.outsider)
    late = scene.backend.sign_in("lara")
    door(scene, "closed")
    assert admission(scene, scene.outsider) == {"state": "closed", "title": "Planning"}
    assert refused(late, link(scene), "FORBIDDEN").metadata["reason"] == "closed"
    answer(scene, "admit", scene.outsider)
    assert admission(scene, scene.outsider) == {"state": "member"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("had_link", [True, False])
def test_no_later_link_lets_a_removed_user_in(make_backend: Any, engine: str, had_link: bool) -> None:
    scene = Scene(make_backend(ENGINES[engine]))
    scene.start()
    if had_link:
        link(scene)
    scene.join(scene.host, scene.guest)
    remove(scene, scene.guest)
    if had_link:
        scene.host.call("meetings/links:revokeLink", meetingId=scene.meeting_id)
    assert refused(scene.guest, link(scene), "FORBIDDEN").metadata["reason"] == "removed"
    assert kept_out(scene) == [("Gustav", "removed")]
    assert admission(scene, scene.guest) == {"state": "removed"}


def test_a_private_name_is_not_told_by_inviting_and_removing(backend: Any) -> None:
    scene = Scene(backend)
    scene.outsider.call("settings/mutations:updateSettings", profileVisibility=False)
    scene.of(scene.host, "addParticipant", userId=scene.outsider.user_id, role="participant")
    remove(scene, scene.outsider)
    [shown] = scene.host.call(f"{DOOR}:listKeptOut", meetingId=scene.meeting_id)
    assert shown["user"] == {"_id": scene.outsider.user_id}


def test_no_user_that_blocked_the_host_is_listed_again_without_being_asked(backend: Any) -> None:
    scene = Scene(backend)
    scene.start()
    scene.join(scene.host, scene.guest)
    remove(scene, scene.guest)
    scene.guest.call("users/blocks:blockUser", userId=scene.host.user_id)
    answer(scene, "letInAgain", scene.guest)
    assert scene.guest.call("meetings/queries:listUserMeetings") == []
    assert scene.guest.call("meetings/invitations:listInvitations") == []
    assert scene.membership(scene.guest).asked


@pytest.mark.parametrize("hidden", ["blocked", "declined"])
def test_limits_do_not_tell_which_acquaintance_has_blocked_the_host_or_declined(make_backend: Any, hidden: str) -> None:
    limits = MeetingSettings(invite_burst=3, invite_per_hour=1, unanswered_invitations=1, create_burst=50)
    scene = Scene(make_backend(meetings=limits))
    scene.start()
    scene.join(scene.host, scene.guest)
    identity = scene.guest.identity
    assert identity is not None
    assert identity.email is not None
    address = identity.email
    if hidden == "blocked":
        scene.guest.call("users/blocks:blockUser", userId=scene.host.user_id)
    for number in range(3):
        other = scene.host.call("meetings/lifecycle:createMeeting", title=f"Another {number}")["meetingId"]
        if hidden == "declined" and number == 0:
            scene.host.call("meetings/invitations:inviteAddress", meetingId=other, email=address)
            scene.guest.call("meetings/invitations:declineInvitation", meetingId=other)
        member = {"userId": scene.guest.user_id, "role": "participant"}
        scene.host.call("meetings/lifecycle:addParticipant", meetingId=other, **member)
