"""Adding, removing and changing the people of a meeting."""

from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.audit import AuditLog
from connvo.schema.users import User
from connvo.settings import MeetingSettings
from connvo.store.schema import table_of
from tests.support.scene import Scene

from .test_guards import FOR_HOSTS, arguments

NOBODY = encode_id(table_of(User).number, bytes(16))


@pytest.fixture
def small(make_backend: Any) -> Scene:
    """A scene in which four people can belong to a meeting."""
    return Scene(make_backend(meetings=MeetingSettings(max_members=4)))


def fails(scene: Scene, function: str, code: str, **args: Any) -> dict[str, Any]:
    path = f"meetings/lifecycle:{function}"
    return scene.host.fails(path, code=code, meetingId=scene.meeting_id, **args).metadata


def deeds(scene: Scene) -> list[str]:
    found = scene.backend.read(lambda db: db.scan(AuditLog, "by_creation"))
    return [row.action for row in found if row.resource_id == scene.meeting_id]


@pytest.mark.parametrize("role", ["host", "participant", "observer"])
def test_an_added_person_is_invited_in_the_role_given(scene: Scene, role: str) -> None:
    answer = scene.add(scene.outsider, role)
    member = scene.membership(scene.outsider)
    assert answer == {"participantId": member.id, "success": True}
    assert (member.role, member.presence) == (role, "invited")
    assert scene.meeting().participant_count == 4


def test_co_host_is_refused_because_it_could_not_be_shown(scene: Scene) -> None:
    metadata = fails(scene, "addParticipant", "VALIDATION_ERROR", userId=scene.outsider.user_id, role="co-host")
    assert metadata["field"] == "role"


def test_an_unknown_person_cannot_be_added(scene: Scene) -> None:
    assert fails(scene, "addParticipant", "NOT_FOUND", userId=NOBODY, role="participant")["id"] == NOBODY


def test_a_deactivated_person_cannot_be_added(scene: Scene) -> None:
    scene.outsider.call("users/mutations:deactivateUser", userId=scene.outsider.user_id)
    fails(scene, "addParticipant", "NOT_FOUND", userId=scene.outsider.user_id, role="participant")


def test_nobody_is_added_twice(scene: Scene) -> None:
    metadata = fails(scene, "addParticipant", "VALIDATION_ERROR", userId=scene.guest.user_id, role="host")
    assert metadata["field"] == "userId"


@pytest.mark.parametrize("role", ["owner", "", None, 1])
def test_an_unknown_role_is_refused(scene: Scene, role: Any) -> None:
    assert (
        fails(scene, "addParticipant", "VALIDATION_ERROR", userId=scene.outsider.user_id, role=role)["field"] == "role"
    )


def test_no_more_people_belong_to_a_meeting_than_can(small: Scene) -> None:
    small.add(small.outsider)
    late = small.backend.sign_in("lara")
    assert fails(small, "addParticipant", "CONFLICT", userId=late.user_id, role="observer")["maxMembers"] == 4
    small.of(small.host, "removeParticipant", userId=small.outsider.user_id)
    assert small.add(late)["success"]


def test_many_people_are_added_and_the_others_reported(small: Scene) -> None:
    scene = small
    late = scene.backend.sign_in("lara")
    wishes = [
        {"userId": scene.guest.user_id, "role": "participant"},
        {"userId": NOBODY, "role": "participant"},
        {"userId": late.user_id, "role": "co-host"},
        {"userId": scene.outsider.user_id, "role": "observer"},
        {"userId": scene.outsider.user_id, "role": "host"},
        {"userId": scene.backend.sign_in("mia").user_id, "role": "participant"},
    ]
    answer = scene.of(scene.host, "addMultipleParticipants", participants=wishes)
    assert answer["added"] == [scene.membership(scene.outsider).id]
    assert [skipped["userId"] for skipped in answer["skipped"]] == [wishes[i]["userId"] for i in (0, 1, 2, 4, 5)]
    reasons = [skipped["reason"] for skipped in answer["skipped"]]
    for reason, word in zip(reasons, ["already", "no such", "co-host", "repeated", "4 people"], strict=True):
        assert word in reason
    assert answer["success"] is True
    assert scene.membership(scene.outsider).role == "observer"


def test_adding_many_succeeds_when_a_user_was_added_or_none_was_asked_for(scene: Scene) -> None:
    nobody = scene.of(scene.host, "addMultipleParticipants", participants=[])
    assert nobody == {"added": [], "skipped": [], "success": True}
    known = [{"userId": scene.guest.user_id, "role": "host"}]
    assert scene.of(scene.host, "addMultipleParticipants", participants=known)["success"] is False


def test_a_list_of_people_has_an_end(scene: Scene) -> None:
    crowd = [{"userId": NOBODY, "role": "participant"}] * 101
    assert fails(scene, "addMultipleParticipants", "VALIDATION_ERROR", participants=crowd)["field"] == "participants"


def test_an_id_inside_the_list_is_checked_too(scene: Scene) -> None:
    wishes = [{"userId": scene.meeting_id, "role": "participant"}]
    metadata = fails(scene, "addMultipleParticipants", "VALIDATION_ERROR", participants=wishes)
    assert metadata["field"] == "participants[0].userId"


def test_a_removed_person_is_gone_with_everything_they_had_open(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "desk")
    scene.connect(scene.guest, "phone")
    scene.connect(scene.guest, "laptop")
    assert scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id) is None
    assert scene.member(scene.guest) is None
    assert scene.sessions() == ["desk"]
    assert scene.meeting().participant_count == 2
    assert deeds(scene)[-1] == "meeting.remove_participant"


def test_a_removed_person_can_be_added_again(scene: Scene) -> None:
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    scene.add(scene.guest, "observer")
    assert scene.membership(scene.guest).role == "observer"


def test_removing_the_last_person_in_leaves_the_meeting_empty(scene: Scene) -> None:
    scene.start()
    scene.join(scene.guest)
    assert scene.meeting().empty_since is None
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    assert scene.meeting().empty_since is not None


def test_a_user_that_is_not_a_member_cannot_be_removed_or_changed(scene: Scene) -> None:
    fails(scene, "removeParticipant", "NOT_FOUND", userId=scene.outsider.user_id)
    fails(scene, "updateParticipantRole", "NOT_FOUND", userId=scene.outsider.user_id, newRole="host")


def test_the_only_host_stays(scene: Scene) -> None:
    fails(scene, "removeParticipant", "VALIDATION_ERROR", userId=scene.host.user_id)
    fails(scene, "updateParticipantRole", "VALIDATION_ERROR", userId=scene.host.user_id, newRole="participant")


def test_the_organiser_stays_even_with_another_host(scene: Scene) -> None:
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="host")
    about = {"meetingId": scene.meeting_id, "userId": scene.host.user_id}
    for caller in (scene.guest, scene.host):
        caller.fails("meetings/lifecycle:removeParticipant", code="FORBIDDEN", **about)
        caller.fails("meetings/lifecycle:updateParticipantRole", code="FORBIDDEN", newRole="participant", **about)


def test_a_host_that_is_not_the_organiser_can_step_down_and_go(scene: Scene) -> None:
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="host")
    scene.of(scene.guest, "updateParticipantRole", userId=scene.guest.user_id, newRole="participant")
    assert scene.membership(scene.guest).role == "participant"
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="host")
    scene.of(scene.guest, "removeParticipant", userId=scene.guest.user_id)
    assert scene.member(scene.guest) is None
    assert deeds(scene).count("meeting.change_role") == 3


@pytest.mark.parametrize("path", FOR_HOSTS)
def test_a_host_whose_role_was_taken_back_is_refused_by_every_door(scene: Scene, path: str) -> None:
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="host")
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="participant")
    args = arguments(scene, path, scene.guest.user_id)
    error = scene.guest.fails(path, code="INSUFFICIENT_PERMISSIONS", **args)
    assert error.metadata == {"requiredRole": "host", "currentRole": "participant"}


def test_parts_for_hosts_are_hidden_again_from_a_former_host(scene: Scene) -> None:
    path = "meetings/webrtc/recovery:getTimeline"
    about = {"meetingId": scene.meeting_id, "userId": scene.host.user_id}
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="host")
    assert scene.guest.call(path, **about) == []
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="participant")
    scene.guest.fails(path, code="INSUFFICIENT_PERMISSIONS", **about)


def test_a_host_may_take_the_role_back_from_any_host_but_the_organiser(scene: Scene) -> None:
    for person in (scene.guest, scene.outsider):
        if person is scene.outsider:
            scene.add(person)
        scene.of(scene.host, "updateParticipantRole", userId=person.user_id, newRole="host")
    scene.of(scene.outsider, "updateParticipantRole", userId=scene.guest.user_id, newRole="participant")
    assert scene.membership(scene.guest).role == "participant"
    about = {"meetingId": scene.meeting_id, "userId": scene.host.user_id, "newRole": "participant"}
    error = scene.outsider.fails("meetings/lifecycle:updateParticipantRole", code="FORBIDDEN", **about)
    assert "organiser" in error.message


def test_an_observer_can_be_made_a_participant(scene: Scene) -> None:
    scene.of(scene.host, "updateParticipantRole", userId=scene.watcher.user_id, newRole="participant")
    assert scene.membership(scene.watcher).role == "participant"


def test_giving_a_member_the_same_role_changes_nothing(scene: Scene) -> None:
    before = scene.backend.commit_count()
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="participant")
    assert scene.backend.commit_count() == before


@pytest.mark.parametrize("role", ["observer", "co-host", "", None])
def test_only_host_and_participant_can_be_given(scene: Scene, role: Any) -> None:
    about = {"userId": scene.guest.user_id, "newRole": role}
    assert fails(scene, "updateParticipantRole", "VALIDATION_ERROR", **about)["field"] == "newRole"


@pytest.mark.parametrize("over", ["cancelled", "concluded"])
def test_people_stay_as_they_were_when_the_meeting_is_over(scene: Scene, over: str) -> None:
    if over == "concluded":
        scene.start()
        scene.end()
    else:
        scene.of(scene.host, "cancelMeeting")
    someone = {"userId": scene.outsider.user_id, "role": "participant"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("addParticipant", someone),
        ("addMultipleParticipants", {"participants": [someone]}),
        ("removeParticipant", {"userId": scene.guest.user_id}),
        ("updateParticipantRole", {"userId": scene.guest.user_id, "newRole": "host"}),
    ]
    for function, args in calls:
        assert fails(scene, function, "VALIDATION_ERROR", **args)["state"] == over
