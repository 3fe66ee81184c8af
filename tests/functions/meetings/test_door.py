"""The door: who comes by a link is let in, waits for a host, or stays out; members pass it whatever it says."""

from typing import Any

import pytest

from connvo.model.membership import lobby
from connvo.schema.lobby import LobbyRequest
from connvo.settings import MeetingSettings
from tests.support.backend import Backend, Caller
from tests.support.people import audit_rows
from tests.support.scene import Scene
from tests.support.store import ENGINES

from .test_links import refused

DOOR, LINKS = "meetings/door", "meetings/links"


def link(scene: Scene) -> str:
    code: str = scene.host.call(f"{LINKS}:createLink", meetingId=scene.meeting_id)["code"]
    return code


def door(scene: Scene, state: str) -> None:
    scene.host.call(f"{DOOR}:setDoor", meetingId=scene.meeting_id, door=state)


def knock(scene: Scene, person: Caller) -> Any:
    return person.call(f"{LINKS}:acceptLink", code=link(scene))


def admission(scene: Scene, person: Caller) -> Any:
    return person.call(f"{DOOR}:getAdmission", meetingId=scene.meeting_id)


def answer(scene: Scene, what: str, person: Caller) -> None:
    scene.host.call(f"{DOOR}:{what}", meetingId=scene.meeting_id, userId=person.user_id)


def names(scene: Scene) -> list[str]:
    found = scene.host.call(f"{DOOR}:listWaiting", meetingId=scene.meeting_id)
    return [one["user"]["displayName"] for one in found]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_newcomer_waits_until_a_host_lets_them_in(make_backend: Any, engine: str) -> None:
    scene = Scene(make_backend(ENGINES[engine]))
    door(scene, "ask")
    assert admission(scene, scene.outsider) == {"state": "none"}
    assert knock(scene, scene.outsider) == {"meetingId": scene.meeting_id, "waiting": True}
    assert knock(scene, scene.outsider) == {"meetingId": scene.meeting_id, "waiting": True}
    assert admission(scene, scene.outsider) == {"state": "waiting", "title": "Planning"}
    assert names(scene) == ["Otto"]
    about = {"meetingId": scene.meeting_id}
    assert scene.host.call(f"{DOOR}:getDoor", **about) == {"door": "ask", "waiting": 1}
    assert scene.guest.call(f"{DOOR}:getDoor", **about) == {"door": "ask"}
    assert scene.member(scene.outsider) is None
    for path in ("meetings/queries:getMeeting", "meetings/lifecycle:joinMeeting"):
        scene.outsider.fails(path, code="FORBIDDEN", **about)
    answer(scene, "admit", scene.outsider)
    assert admission(scene, scene.outsider) == {"state": "member"}
    assert scene.membership(scene.outsider).role == "participant"
    assert names(scene) == []
    assert [row.metadata for row in audit_rows(scene.backend, "meeting.set_door")] == [{"door": "ask"}]
    assert [row.metadata for row in audit_rows(scene.backend, "meeting.admit")] == [{"userId": scene.outsider.user_id}]


def test_a_user_that_was_turned_away_stays_away_by_the_link(scene: Scene) -> None:
    door(scene, "ask")
    knock(scene, scene.outsider)
    answer(scene, "turnAway", scene.outsider)
    assert admission(scene, scene.outsider) == {"state": "turned_away"}
    scene.outsider.call(f"{DOOR}:stopWaiting", meetingId=scene.meeting_id)
    door(scene, "open")
    assert refused(scene.outsider, link(scene), "FORBIDDEN").metadata["reason"] == "turned_away"
    about = {"meetingId": scene.meeting_id, "userId": scene.outsider.user_id}
    scene.host.fails(f"{DOOR}:admit", code="NOT_FOUND", **about)
    scene.host.fails(f"{DOOR}:turnAway", code="NOT_FOUND", **about)
    scene.add(scene.outsider)


def test_a_closed_door_lets_nobody_new_in_and_members_back(scene: Scene) -> None:
    scene.start()
    scene.join(scene.guest)
    scene.of(scene.guest, "leaveMeeting")
    door(scene, "closed")
    assert refused(scene.outsider, link(scene), "FORBIDDEN").metadata["reason"] == "closed"
    assert scene.guest.call(f"{LINKS}:acceptLink", code=link(scene)) == {"meetingId": scene.meeting_id}
    scene.join(scene.guest, scene.watcher)
    scene.add(scene.outsider)


def test_waiting_users_are_told_when_the_door_closes_and_come_in_when_it_opens(scene: Scene) -> None:
    door(scene, "ask")
    knock(scene, scene.outsider)
    door(scene, "closed")
    assert admission(scene, scene.outsider)["state"] == "closed"
    door(scene, "open")
    assert admission(scene, scene.outsider) == {"state": "member"}


def test_opening_the_door_lets_in_as_many_as_there_is_room_for(make_backend: Any) -> None:
    scene = Scene(make_backend(meetings=MeetingSettings(max_members=4)))
    door(scene, "ask")
    others = [scene.outsider, scene.backend.sign_in("lara")]
    for person in others:
        knock(scene, person)
    door(scene, "open")
    assert [admission(scene, person)["state"] for person in others] == ["member", "waiting"]
    about = {"meetingId": scene.meeting_id, "userId": others[1].user_id}
    scene.host.fails(f"{DOOR}:admit", code="CONFLICT", **about)


def test_a_user_that_gives_up_waits_no_more(scene: Scene) -> None:
    door(scene, "ask")
    knock(scene, scene.outsider)
    scene.outsider.call(f"{DOOR}:stopWaiting", meetingId=scene.meeting_id)
    assert (names(scene), admission(scene, scene.outsider)) == ([], {"state": "none"})
    before = scene.backend.commit_count()
    scene.outsider.call(f"{DOOR}:stopWaiting", meetingId=scene.meeting_id)
    assert scene.backend.commit_count() == before


def test_a_deactivated_person_is_not_shown_to_hosts(scene: Scene) -> None:
    door(scene, "ask")
    knock(scene, scene.outsider)
    scene.outsider.call("users/mutations:deactivateUser", userId=scene.outsider.user_id)
    assert names(scene) == []


def test_a_flood_of_accounts_fills_no_lobby(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lobby, "MAX_WAITING", 1)
    door(scene, "ask")
    knock(scene, scene.outsider)
    refused(scene.backend.sign_in("lara"), link(scene), "CONFLICT")
    assert names(scene) == ["Otto"]


def test_the_lobby_ends_with_the_meeting(backend: Backend) -> None:
    scene = Scene(backend)
    door(scene, "ask")
    knock(scene, scene.outsider)
    scene.of(scene.host, "cancelMeeting")
    assert backend.read(lambda db: db.scan(LobbyRequest, "by_creation")) == []
    for state in ("open", "closed"):
        scene.host.fails(f"{DOOR}:setDoor", code="VALIDATION_ERROR", meetingId=scene.meeting_id, door=state)


@pytest.mark.parametrize("bad", ["locked", "", None, 1])
def test_a_door_has_three_states(scene: Scene, bad: Any) -> None:
    error = scene.host.fails(f"{DOOR}:setDoor", code="VALIDATION_ERROR", meetingId=scene.meeting_id, door=bad)
    assert error.metadata["field"] == "door"
    before = scene.backend.commit_count()
    door(scene, "open")
    assert scene.backend.commit_count() == before
