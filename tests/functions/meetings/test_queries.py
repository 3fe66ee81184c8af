"""What members see of their meetings."""

from typing import Any

import pytest

from connvo.schema.meetings import MeetingId, Participant
from connvo.settings import MeetingSettings
from tests.support.backend import Caller
from tests.support.scene import Scene

GET, LIST = "meetings/queries:getMeeting", "meetings/queries:listUserMeetings"
PEOPLE = "meetings/queries:listMeetingParticipants"


def seen(scene: Scene, person: Caller) -> dict[str, Any]:
    view: dict[str, Any] = person.call(GET, meetingId=scene.meeting_id)
    return view


def listed(scene: Scene, person: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.call(PEOPLE, meetingId=scene.meeting_id)
    return found


def test_a_member_sees_the_meeting_and_the_own_part_in_it(scene: Scene) -> None:
    meeting = scene.meeting()
    assert seen(scene, scene.watcher) == {
        "_id": meeting.id,
        "_creationTime": meeting.creation_time,
        "organizerId": scene.host.user_id,
        "title": "Planning",
        "duration": 1_800_000,
        "webrtcEnabled": True,
        "state": "scheduled",
        "participantCount": 3,
        "createdAt": meeting.created_at,
        "updatedAt": meeting.updated_at,
        "userRole": "observer",
        "userPresence": "invited",
        "activeWebRTCSessions": 0,
    }


def test_only_live_sessions_are_counted(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "desk")
    scene.connect(scene.guest, "phone")
    scene.connect(scene.guest, "laptop")
    assert seen(scene, scene.guest)["activeWebRTCSessions"] == 3
    signalling = "meetings/webrtc/signaling"
    scene.guest.call(f"{signalling}:closeSession", meetingId=scene.meeting_id, sessionId="laptop")
    assert seen(scene, scene.guest)["activeWebRTCSessions"] == 2
    scene.of(scene.guest, "leaveMeeting")
    assert seen(scene, scene.guest)["activeWebRTCSessions"] == 1


def test_looking_at_a_meeting_one_is_in_is_a_heartbeat(scene: Scene) -> None:
    scene.start()
    scene.join(scene.guest)
    scene.connect(scene.guest, "phone")
    for _ in range(10):
        scene.backend.advance(15)
        seen(scene, scene.guest)
    assert scene.membership(scene.guest).presence == "joined"
    assert scene.sessions() == ["phone"]


def test_members_are_listed_with_their_card_and_connection(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.guest, "phone")
    [host, guest, watcher] = listed(scene, scene.watcher)
    member = scene.membership(scene.guest)
    assert guest == {
        "_id": member.id,
        "_creationTime": member.creation_time,
        "meetingId": scene.meeting_id,
        "userId": scene.guest.user_id,
        "role": "participant",
        "joinedAt": member.joined_at,
        "presence": "joined",
        "createdAt": member.created_at,
        "user": {"_id": scene.guest.user_id, "displayName": "Gustav"},
        "webrtcConnected": False,
        "webrtcSessionCount": 1,
    }
    assert (host["role"], watcher["role"]) == ("host", "observer")
    signalling = "meetings/webrtc/signaling"
    about = {"meetingId": scene.meeting_id, "sessionId": "phone"}
    scene.guest.call(f"{signalling}:updateSessionState", state="connected", **about)
    assert listed(scene, scene.host)[1]["webrtcConnected"] is True
    scene.guest.call(f"{signalling}:closeSession", **about)
    after = listed(scene, scene.host)[1]
    assert (after["webrtcConnected"], after["webrtcSessionCount"]) == (False, 0)


def test_own_meetings_come_newest_first(scene: Scene) -> None:
    newer = scene.create(scene.host, title="Second")
    newest = scene.create(scene.guest, title="Third")
    args = {"userId": scene.host.user_id, "role": "participant"}
    scene.guest.call("meetings/lifecycle:addParticipant", meetingId=newest, **args)
    mine = scene.host.call(LIST)
    assert [meeting["_id"] for meeting in mine] == [newest, newer, scene.meeting_id]
    assert [meeting["userRole"] for meeting in mine] == ["participant", "host", "host"]
    assert set(mine[0]) == {
        "_id", "organizerId", "title", "duration", "state", "participantCount", "createdAt", "updatedAt",
        "userRole", "userPresence",
    }  # fmt: skip


def test_being_added_late_to_an_old_meeting_does_not_make_it_new(scene: Scene) -> None:
    old, new = scene.create(scene.host), scene.create(scene.outsider)
    args = {"userId": scene.outsider.user_id, "role": "observer"}
    scene.host.call("meetings/lifecycle:addParticipant", meetingId=old, **args)
    assert [meeting["_id"] for meeting in scene.outsider.call(LIST)] == [new, old]


def test_meetings_of_a_state_are_found_without_reading_the_others(scene: Scene) -> None:
    cancelled = [scene.create(scene.host) for _ in range(3)]
    for meeting_id in cancelled:
        scene.host.call("meetings/lifecycle:cancelMeeting", meetingId=meeting_id)
    scene.start()
    assert [m["_id"] for m in scene.host.call(LIST, state="active")] == [scene.meeting_id]
    assert [m["_id"] for m in scene.host.call(LIST, state="cancelled", limit=2)] == [cancelled[2], cancelled[1]]
    assert scene.host.call(LIST, state="scheduled") == []
    repeated = scene.backend.read(
        lambda db: {p.meeting_state for p in db.scan(Participant, "by_meeting", MeetingId(cancelled[0]))}
    )
    assert repeated == {"cancelled"}


@pytest.mark.parametrize(("limit", "count"), [(-5, 1), (0, 1), (1, 1), (2.9, 2), (1000, 3), (None, 3)])
def test_a_limit_is_brought_into_its_bounds(scene: Scene, limit: float | None, count: int) -> None:
    scene.create(scene.host)
    scene.create(scene.host)
    assert len(scene.host.call(LIST, limit=limit)) == count


def test_the_list_is_never_longer_than_a_hundred(make_backend: Any) -> None:
    scene = Scene(make_backend(meetings=MeetingSettings(create_burst=200)))
    for _ in range(101):
        scene.create(scene.outsider)
    assert len(scene.outsider.call(LIST)) == 50
    assert len(scene.outsider.call(LIST, limit=1000)) == 100


@pytest.mark.parametrize(
    ("field", "value"), [("limit", float("nan")), ("limit", float("inf")), ("limit", "5"), ("state", "over")]
)
def test_a_filter_that_makes_no_sense_is_refused(scene: Scene, field: str, value: Any) -> None:
    assert scene.host.fails(LIST, code="VALIDATION_ERROR", **{field: value}).metadata["field"] == field


def test_an_outsider_has_no_meetings(scene: Scene) -> None:
    assert scene.outsider.call(LIST) == []
