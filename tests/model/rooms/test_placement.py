"""The course of a meeting: start, join, connect, leave, end, cancel."""

from typing import Any

import pytest

from connvo.schema.audit import AuditLog
from connvo.settings import IceSettings
from tests.support.backend import Backend
from tests.support.scene import LIFECYCLE, Scene

ARRANGED = {"meeting.create", "meeting.add_participant"}


def refused(scene: Scene, function: str, state: str) -> str:
    """Return the message to the host whose call the meeting's state does not allow."""
    error = scene.host.fails(f"{LIFECYCLE}:{function}", code="VALIDATION_ERROR", meetingId=scene.meeting_id)
    assert error.metadata["state"] == state
    return error.message


def deeds(scene: Scene) -> list[tuple[str, str | None]]:
    """Return what was done to the meeting since its members were added, and by which user."""
    found = scene.backend.read(lambda db: db.scan(AuditLog, "by_creation"))
    about = [row for row in found if row.resource_id == scene.meeting_id and row.action not in ARRANGED]
    return [(row.action, row.actor_user_id) for row in about]


def test_a_started_meeting_is_active_and_tells_the_host_how_to_connect(scene: Scene) -> None:
    answer = scene.start()
    assert answer == {
        "success": True,
        "webrtcReady": True,
        "videoProvider": "webrtc",
        "roomInfo": {"roomId": f"webrtc_{scene.meeting_id}", "iceServers": answer["roomInfo"]["iceServers"]},
    }
    meeting = scene.meeting()
    assert meeting.state == "active"
    assert meeting.started_at is not None
    assert meeting.empty_since is None
    assert deeds(scene) == [("meeting.start", scene.host.user_id)]


def test_a_meeting_starts_once(scene: Scene) -> None:
    scene.start()
    assert "already active" in refused(scene, "startMeeting", "active")


def test_ending_says_how_long_the_meeting_was(scene: Scene) -> None:
    scene.start()
    scene.backend.advance(90)
    answer = scene.end()
    assert answer["success"] is True
    assert answer["duration"] == pytest.approx(90_000, abs=100)
    meeting = scene.meeting()
    assert meeting.state == "concluded"
    assert meeting.started_at is not None
    assert meeting.ended_at == meeting.started_at + answer["duration"]


def test_ending_closes_everything_at_once(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "desk")
    scene.connect(scene.guest, "phone")
    scene.end()
    assert scene.sessions() == []
    presences = [scene.membership(person).presence for person in (scene.host, scene.guest, scene.watcher)]
    assert presences == ["left", "left", "invited"]
    assert scene.membership(scene.guest).left_at == scene.meeting().ended_at
    assert scene.meeting().empty_since is None
    assert deeds(scene)[-1] == ("meeting.end", scene.host.user_id)


def test_signals_are_gone_when_the_meeting_ends(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "desk")
    scene.connect(scene.guest, "phone")
    signalling = "meetings/webrtc/signaling"
    scene.host.call(
        f"{signalling}:exchangeSessionDescription",
        meetingId=scene.meeting_id,
        sessionId="desk",
        description={"type": "offer", "sdp": "v=0\r\n"},
        targetUserId=scene.guest.user_id,
    )
    assert len(scene.guest.call(f"{signalling}:getPendingSignals", meetingId=scene.meeting_id)) == 1
    scene.of(scene.guest, "leaveMeeting")
    assert scene.guest.call(f"{signalling}:getPendingSignals", meetingId=scene.meeting_id) == []


def test_a_meeting_that_is_not_active_cannot_end(scene: Scene) -> None:
    refused(scene, "endMeeting", "scheduled")
    scene.start()
    scene.end()
    refused(scene, "endMeeting", "concluded")


def test_a_concluded_meeting_never_comes_back(scene: Scene) -> None:
    scene.start()
    scene.end()
    for function in ("startMeeting", "cancelMeeting", "joinMeeting", "getMeetingConnectionInfo"):
        refused(scene, function, "concluded")


def test_a_scheduled_meeting_can_be_cancelled(scene: Scene) -> None:
    assert scene.of(scene.host, "cancelMeeting") is None
    assert scene.meeting().state == "cancelled"
    assert deeds(scene) == [("meeting.cancel", scene.host.user_id)]
    for function in ("startMeeting", "cancelMeeting", "endMeeting", "joinMeeting", "getMeetingConnectionInfo"):
        refused(scene, function, "cancelled")


def test_an_active_meeting_is_ended_not_cancelled(scene: Scene) -> None:
    scene.start()
    assert "end it" in refused(scene, "cancelMeeting", "active")


def test_another_host_may_start_and_end(scene: Scene) -> None:
    scene.of(scene.host, "updateParticipantRole", userId=scene.guest.user_id, newRole="host")
    scene.of(scene.guest, "startMeeting")
    scene.of(scene.guest, "endMeeting")
    assert scene.meeting().state == "concluded"


def test_joining_takes_ones_place(scene: Scene) -> None:
    scene.start()
    assert scene.of(scene.guest, "joinMeeting") == {"success": True, "webrtcReady": True}
    member = scene.membership(scene.guest)
    assert member.presence == "joined"
    assert member.joined_at == member.first_joined_at is not None
    assert scene.meeting().empty_since is None


def test_joining_twice_is_joining_once(scene: Scene) -> None:
    scene.start()
    scene.join(scene.guest)
    before = scene.membership(scene.guest)
    scene.backend.advance(1)
    scene.join(scene.guest)
    assert scene.membership(scene.guest) == before


def test_an_observer_may_join_to_watch(scene: Scene) -> None:
    scene.start()
    scene.join(scene.watcher)
    assert scene.membership(scene.watcher).presence == "joined"


def test_a_meeting_that_has_not_started_cannot_be_joined(scene: Scene) -> None:
    refused(scene, "joinMeeting", "scheduled")
    refused(scene, "getMeetingConnectionInfo", "scheduled")


def test_leaving_closes_ones_own_sessions_alone(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "desk")
    scene.connect(scene.guest, "phone")
    assert scene.of(scene.guest, "leaveMeeting") == {"success": True}
    assert scene.sessions() == ["desk"]
    assert scene.membership(scene.guest).presence == "left"
    assert scene.meeting().empty_since is None


def test_a_member_that_comes_back_keeps_the_time_of_the_first_arrival(scene: Scene) -> None:
    scene.start()
    scene.join(scene.guest)
    first = scene.membership(scene.guest).joined_at
    scene.backend.advance(5)
    scene.of(scene.guest, "leaveMeeting")
    left = scene.membership(scene.guest)
    assert left.left_at is not None
    scene.backend.advance(5)
    scene.join(scene.guest)
    back = scene.membership(scene.guest)
    assert back.first_joined_at == first != back.joined_at
    assert back.left_at is None


def test_the_last_to_leave_leaves_the_meeting_empty(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.of(scene.host, "leaveMeeting")
    assert scene.meeting().empty_since is None
    scene.of(scene.guest, "leaveMeeting")
    assert scene.meeting().empty_since == scene.membership(scene.guest).left_at


@pytest.mark.parametrize("moment", ["scheduled", "never joined", "left", "concluded"])
def test_leaving_changes_nothing_for_a_member_that_is_not_in(scene: Scene, moment: str) -> None:
    if moment != "scheduled":
        scene.start()
    if moment == "left":
        scene.join(scene.guest)
        scene.of(scene.guest, "leaveMeeting")
    if moment == "concluded":
        scene.end()
    person = scene.guest if moment in ("left", "concluded") else scene.host
    before = scene.backend.commit_count()
    assert scene.of(person, "leaveMeeting") == {"success": True}
    assert scene.backend.commit_count() == before


@pytest.mark.parametrize("started", [True, False])
def test_leaving_a_meeting_that_one_was_never_in_ends_the_membership(scene: Scene, started: bool) -> None:
    if started:
        scene.start()
    assert scene.of(scene.guest, "leaveMeeting") == {"success": True}
    assert scene.member(scene.guest) is None
    assert scene.guest.call("meetings/queries:listUserMeetings") == []
    assert scene.meeting().participant_count == 2


def test_connection_info_is_the_same_room_for_all(scene: Scene) -> None:
    started = scene.start()
    rooms = set()
    for person in (scene.host, scene.guest, scene.watcher):
        info = scene.of(person, "getMeetingConnectionInfo")
        assert info["success"] is True
        assert info["videoProvider"] == "webrtc"
        assert info["features"] == {"recording": False, "transcription": True, "maxParticipants": 4}
        assert "streamToken" not in info["connectionInfo"]
        rooms.add(info["connectionInfo"]["roomId"])
    assert rooms == {started["roomInfo"]["roomId"]}


def test_relay_credentials_are_minted_for_each_member_and_moment(make_backend: Any) -> None:
    ice = IceSettings(stun_urls="stun:stun.test:3478", turn_urls="turn:turn.test:3478", turn_secret="s3cret")
    backend: Backend = make_backend(ice=ice)
    scene = Scene(backend)
    scene.start()
    scene.join(scene.guest, scene.host)

    def credential(person: Any) -> tuple[str, str]:
        info = scene.of(person, "getMeetingConnectionInfo")
        [turn] = [server for server in info["connectionInfo"]["iceServers"] if "credential" in server]
        return turn["username"], turn["credential"]

    first, other = credential(scene.guest), credential(scene.host)
    assert first != other
    backend.advance(5)
    assert credential(scene.guest) != first
    scene.outsider.fails(f"{LIFECYCLE}:getMeetingConnectionInfo", code="FORBIDDEN", meetingId=scene.meeting_id)
