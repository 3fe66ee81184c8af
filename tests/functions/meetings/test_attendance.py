"""Who was in the call, and for how long: every stay counts, and everybody who was in is told, removed people too."""

from typing import Any

import pytest

from connvo.schema.attendance import Attendance
from connvo.store.transaction import Transaction
from tests.support.backend import Caller
from tests.support.scene import Scene
from tests.support.store import ENGINES

LIST = "meetings/attendance:listAttendees"
MS = 1000


def listed(scene: Scene, person: Caller | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (person or scene.host).call(LIST, meetingId=scene.meeting_id)
    return found


def seconds(scene: Scene) -> dict[str, int]:
    return {one["user"]["displayName"]: round(one["stayedMs"] / MS) for one in listed(scene)}


def stay(scene: Scene, person: Caller, length: float) -> None:
    scene.join(person)
    scene.backend.advance(length)
    scene.of(person, "leaveMeeting")


@pytest.mark.parametrize("engine", ENGINES)
def test_all_stays_of_a_person_are_summed(make_backend: Any, engine: str) -> None:
    scene = Scene(make_backend(ENGINES[engine]))
    scene.start()
    scene.join(scene.host)
    stay(scene, scene.guest, 5)
    scene.backend.advance(10)
    stay(scene, scene.guest, 7)
    first, second = listed(scene)
    assert [one["user"]["displayName"] for one in (first, second)] == ["Hanna", "Gustav"]
    assert (round(second["stayedMs"] / MS), round((second["leftAt"] - second["cameAt"]) / MS)) == (12, 22)
    assert "since" not in second
    assert first["since"] == first["cameAt"]
    scene.end()
    assert seconds(scene) == {"Hanna": 22, "Gustav": 12}
    assert all("since" not in one for one in listed(scene))


def test_a_returned_member_has_a_finished_stay_and_one_that_goes_on(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host)
    stay(scene, scene.guest, 20)
    scene.backend.advance(10)
    scene.join(scene.guest)
    guest = listed(scene)[1]
    assert round((guest["since"] - guest["cameAt"]) / MS) == 30
    assert round(guest["stayedMs"] / MS) == 20


def test_a_removed_person_was_there_all_the_same(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.backend.advance(40)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    scene.backend.advance(10)
    scene.end()
    assert seconds(scene) == {"Hanna": 50, "Gustav": 40}


def test_a_person_removed_and_let_in_again_keeps_the_earlier_stay(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.backend.advance(40)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    scene.host.call("meetings/door:letInAgain", meetingId=scene.meeting_id, userId=scene.guest.user_id)
    came = listed(scene)[1]["cameAt"]
    stay(scene, scene.guest, 5)
    assert seconds(scene) == {"Hanna": 0, "Gustav": 45}
    assert listed(scene)[1]["cameAt"] == came


def test_a_member_that_never_came_is_not_listed(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host)
    scene.of(scene.host, "removeParticipant", userId=scene.watcher.user_id)
    assert list(seconds(scene)) == ["Hanna"]


def test_a_meeting_opened_again_counts_both_times(scene: Scene) -> None:
    scene.start()
    stay(scene, scene.guest, 60)
    scene.backend.advance(scene.backend.settings.meetings.empty_grace_seconds + 120)
    assert scene.meeting().state == "concluded"
    scene.of(scene.guest, "reopenMeeting")
    stay(scene, scene.guest, 30)
    assert seconds(scene) == {"Gustav": 90}


def test_stays_from_before_they_were_summed_are_told_as_far_as_they_are_known(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host)
    stay(scene, scene.guest, 20)

    def forget(db: Transaction) -> None:
        for one in db.scan(Attendance, "by_creation"):
            db.delete(one)

    scene.backend.run(scene.backend.engine.write(forget))
    assert seconds(scene) == {"Hanna": 0, "Gustav": 20}


def test_attendance_is_for_members(scene: Scene) -> None:
    assert listed(scene, scene.watcher) == []
    scene.outsider.fails(LIST, code="FORBIDDEN", meetingId=scene.meeting_id)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    error = scene.guest.fails(LIST, code="FORBIDDEN", meetingId=scene.meeting_id)
    assert error.metadata["reason"] == "removed"
