"""What becomes of a person's meetings when the account is closed."""

from typing import Any

import pytest

from connvo.model.membership.leaving import LEAVE_BATCH
from connvo.schema.meetings import MeetingId, Participant
from connvo.schema.users import UserId
from connvo.settings import MeetingSettings
from tests.support.backend import Backend, Caller
from tests.support.scene import Scene


def close(person: Caller) -> None:
    person.call("users/mutations:deactivateUser", userId=person.user_id)


def test_a_closed_account_leaves_its_open_meetings(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "desk")
    scene.connect(scene.guest, "phone")
    close(scene.guest)
    assert scene.member(scene.guest) is None
    assert scene.sessions() == ["desk"]
    assert scene.meeting().participant_count == 2


def test_the_meeting_goes_to_the_next_in_line(scene: Scene) -> None:
    close(scene.host)
    assert scene.membership(scene.guest).role == "host"
    assert scene.meeting().organizer_id == scene.guest.user_id
    assert scene.meeting().state == "scheduled"
    scene.of(scene.guest, "startMeeting")


def test_another_host_comes_first_then_a_present_member(scene: Scene) -> None:
    late = scene.backend.sign_in("lara")
    scene.add(late)
    scene.start()
    scene.join(late)
    close(scene.host)
    assert scene.meeting().organizer_id == late.user_id
    assert scene.membership(scene.guest).role == "participant"


def test_a_host_beside_the_organiser_leaves_the_others_as_they_are(scene: Scene) -> None:
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="host")
    close(scene.guest)
    assert scene.meeting().organizer_id == scene.host.user_id
    assert scene.membership(scene.watcher).role == "observer"


@pytest.mark.parametrize(("started", "after"), [(False, "cancelled"), (True, "concluded")])
def test_a_meeting_without_anybody_to_host_it_is_over(scene: Scene, started: bool, after: str) -> None:
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    if started:
        scene.start()
        scene.join(scene.watcher)
    close(scene.host)
    assert scene.meeting().state == after
    assert scene.membership(scene.watcher).presence == ("left" if started else "invited")


def test_finished_meetings_keep_their_people(scene: Scene) -> None:
    scene.start()
    scene.join(scene.guest)
    scene.end()
    close(scene.guest)
    assert scene.membership(scene.guest).presence == "left"


def test_very_many_meetings_are_left_one_batch_after_the_other(make_backend: Any) -> None:
    backend: Backend = make_backend(meetings=MeetingSettings(create_burst=100, unanswered_invitations=100))
    host, guest = backend.sign_in("hanna"), backend.sign_in("gustav")
    made = []
    for _ in range(2 * LEAVE_BATCH + 1):
        meeting = host.call("meetings/lifecycle:createMeeting", title="Planning")
        made.append(MeetingId(meeting["meetingId"]))
        host.call("meetings/lifecycle:addParticipant", meetingId=made[-1], userId=guest.user_id, role="participant")

    def memberships() -> int:
        return backend.read(lambda db: len(db.scan(Participant, "by_user", UserId(guest.user_id))))

    close(guest)
    assert memberships() == LEAVE_BATCH + 1
    backend.advance(1)
    assert memberships() == 0
