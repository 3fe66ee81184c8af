"""A host asks somebody to mute: it reaches that person alone, waits until it is carried out, and ends with the call."""

from typing import Any

import pytest

from connvo.functions.meetings.moderation import BURST
from connvo.schema.moderation import MuteRequest
from tests.support.backend import Caller
from tests.support.people import audit_rows
from tests.support.scene import Scene

ASK, GET, DONE = (f"meetings/moderation:{name}" for name in ("requestMute", "getMuteRequest", "acknowledgeMute"))


@pytest.fixture
def call(scene: Scene) -> Scene:
    """A scene whose people are all in the active meeting."""
    scene.start()
    scene.join(scene.host, scene.guest, scene.watcher)
    return scene


def ask(scene: Scene, person: Caller | None = None) -> None:
    """Have the host ask a person, the guest by default, to mute."""
    user_id = (person or scene.guest).user_id
    assert scene.host.call(ASK, meetingId=scene.meeting_id, userId=user_id) is None


def waiting(scene: Scene, person: Caller) -> Any:
    return person.call(GET, meetingId=scene.meeting_id)


def rows(scene: Scene) -> list[MuteRequest]:
    return scene.backend.read(lambda db: db.scan(MuteRequest, "by_creation"))


def test_the_request_names_the_asking_host_and_reaches_one_person(call: Scene) -> None:
    ask(call)
    shown = waiting(call, call.guest)
    assert shown["requestedBy"] == {"_id": call.host.user_id, "displayName": "Hanna"}
    assert shown.keys() == {"_id", "requestedBy", "requestedAt"}
    assert waiting(call, call.host) is None
    assert waiting(call, call.watcher) is None


def test_it_is_done_once_it_is_acknowledged(call: Scene) -> None:
    ask(call)
    request = waiting(call, call.guest)["_id"]
    assert call.guest.call(DONE, meetingId=call.meeting_id, requestId=request) is None
    assert waiting(call, call.guest) is None
    commits = call.backend.commit_count()
    call.guest.call(DONE, meetingId=call.meeting_id, requestId=request)
    assert call.backend.commit_count() == commits


def test_an_acknowledgement_that_comes_late_leaves_a_newer_request(call: Scene) -> None:
    ask(call)
    old = waiting(call, call.guest)["_id"]
    ask(call)
    call.guest.call(DONE, meetingId=call.meeting_id, requestId=old)
    assert waiting(call, call.guest)["_id"] != old
    assert len(rows(call)) == 1


def test_nobody_acknowledges_for_another_member(call: Scene) -> None:
    ask(call)
    request = waiting(call, call.guest)["_id"]
    call.watcher.call(DONE, meetingId=call.meeting_id, requestId=request)
    assert waiting(call, call.guest)["_id"] == request


@pytest.mark.parametrize("way", ["leaveMeeting", "removeParticipant", "endMeeting", "deactivate"])
def test_it_ends_when_its_addressee_is_out(call: Scene, way: str) -> None:
    ask(call)
    if way == "leaveMeeting":
        call.of(call.guest, way)
    elif way == "deactivate":
        call.guest.call("users/mutations:deactivateUser", userId=call.guest.user_id)
    else:
        call.of(call.host, way, **({"userId": call.guest.user_id} if way == "removeParticipant" else {}))
    assert rows(call) == []


def test_only_an_audible_member_is_asked(call: Scene) -> None:
    for person in (call.host, call.watcher):
        error = call.host.fails(ASK, "VALIDATION_ERROR", meetingId=call.meeting_id, userId=person.user_id)
        assert error.metadata["field"] == "userId"
    call.of(call.guest, "leaveMeeting")
    call.host.fails(ASK, "VALIDATION_ERROR", meetingId=call.meeting_id, userId=call.guest.user_id)
    call.host.fails(ASK, "NOT_FOUND", meetingId=call.meeting_id, userId=call.outsider.user_id)


def test_a_host_outside_the_meeting_does_not_ask(call: Scene) -> None:
    call.of(call.host, "leaveMeeting")
    error = call.host.fails(ASK, "VALIDATION_ERROR", meetingId=call.meeting_id, userId=call.guest.user_id)
    assert error.metadata["field"] == "meetingId"


def test_the_record_names_the_asking_host_and_the_asked_member(call: Scene) -> None:
    ask(call)
    (row,) = audit_rows(call.backend, "meeting.request_mute")
    assert (row.actor_user_id, row.resource_id) == (call.host.user_id, call.meeting_id)
    assert row.metadata == {"userId": call.guest.user_id}


def test_asking_has_a_pace(call: Scene) -> None:
    for _ in range(int(BURST)):
        ask(call)
    error = call.host.fails(ASK, "RATE_LIMIT_EXCEEDED", meetingId=call.meeting_id, userId=call.guest.user_id)
    call.backend.advance(error.metadata["retryAfterSeconds"])
    ask(call)
