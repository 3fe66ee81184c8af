"""Meetings that nobody ends: the empty and the overlong end by themselves."""

from typing import Any

import pytest

from connvo.schema.audit import AuditLog
from connvo.settings import MeetingSettings
from tests.support.backend import Backend
from tests.support.scene import LIFECYCLE, Scene

SWEEP = 31
SETTINGS = MeetingSettings(empty_grace_seconds=120, max_length_seconds=3_600)


@pytest.fixture
def short(make_backend: Any) -> Scene:
    """A scene whose meetings end after two empty minutes, or an hour."""
    backend: Backend = make_backend(meetings=SETTINGS)
    return Scene(backend)


def why(scene: Scene) -> Any:
    ends = scene.backend.read(
        lambda db: [row for row in db.scan(AuditLog, "by_creation") if row.action == "meeting.end"]
    )
    assert all(row.actor_user_id is None for row in ends)
    return [row.metadata["reason"] for row in ends]


def test_a_started_meeting_waits_for_its_people_as_long_as_any_meeting(short: Scene) -> None:
    short.start()
    short.backend.advance(3_500)
    assert short.meeting().state == "active"
    short.backend.advance(100 + SWEEP)
    assert short.meeting().state == "concluded"
    assert why(short) == ["empty"]


def test_a_meeting_everybody_left_ends_after_the_grace(short: Scene) -> None:
    short.start()
    short.join(short.host)
    short.of(short.host, "leaveMeeting")
    short.backend.advance(60)
    assert short.meeting().state == "active"
    short.backend.advance(60 + SWEEP)
    assert short.meeting().state == "concluded"


def test_a_member_that_comes_back_within_the_grace_keeps_the_meeting(short: Scene) -> None:
    short.start()
    short.join(short.host)
    short.of(short.host, "leaveMeeting")
    short.backend.advance(100)
    short.join(short.host)
    short.of(short.host, "leaveMeeting")
    short.backend.advance(100)
    assert short.meeting().state == "active"
    assert why(short) == []


@pytest.mark.parametrize("connected", [True, False])
def test_a_member_that_vanishes_silently_keeps_no_meeting_open(short: Scene, connected: bool) -> None:
    short.start()
    short.join(short.guest)
    if connected:
        short.connect(short.guest, "phone")
    short.backend.advance(100)
    assert short.membership(short.guest).presence == "left"
    assert short.meeting().state == "active"
    short.backend.advance(120 + SWEEP)
    assert short.meeting().state == "concluded"
    assert why(short) == ["empty"]


@pytest.mark.parametrize(
    "call", ["meetings/queries:getMeeting", "meetings/queries:listMeetingParticipants", f"{LIFECYCLE}:joinMeeting"]
)
def test_a_member_that_still_calls_is_still_there(short: Scene, call: str) -> None:
    short.start()
    short.join(short.guest)
    for _ in range(20):
        short.backend.advance(25)
        short.guest.call(call, meetingId=short.meeting_id)
    assert short.membership(short.guest).presence == "joined"
    assert short.meeting().state == "active"


def test_a_meeting_ends_when_it_has_lasted_too_long(short: Scene) -> None:
    short.start()
    for _ in range(72):
        short.join(short.host)
        assert short.meeting().state == "active"
        short.backend.advance(50)
    short.backend.advance(SWEEP)
    assert short.meeting().state == "concluded"
    assert short.membership(short.host).presence == "left"
    assert short.sessions() == []
    assert why(short) == ["too_long"]


def test_a_meeting_is_over_at_its_end_before_the_sweep_has_closed_it(make_backend: Any) -> None:
    backend: Backend = make_backend(meetings=MeetingSettings(max_length_seconds=20))
    scene = Scene(backend)
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "laptop")
    for _ in range(20):
        backend.advance(1)
    assert scene.meeting().state == "active"
    meeting = {"meetingId": scene.meeting_id}
    scene.watcher.fails(f"{LIFECYCLE}:joinMeeting", code="VALIDATION_ERROR", **meeting)
    scene.watcher.fails(f"{LIFECYCLE}:getMeetingConnectionInfo", code="VALIDATION_ERROR", **meeting)
    scene.host.fails(f"{LIFECYCLE}:extendMeeting", code="VALIDATION_ERROR", **meeting)
    error = scene.host.fails("meetings/chat:sendMessage", code="MEETING_NOT_ACTIVE", text="Hello", **meeting)
    assert error.metadata["state"] == "concluded"
    signalling = "meetings/webrtc/signaling"
    scene.guest.fails(f"{signalling}:createWebRTCSession", code="VALIDATION_ERROR", sessionId="phone", **meeting)
    candidate = {"sessionId": "laptop", "targetUserId": scene.guest.user_id, "candidate": {"candidate": ""}}
    scene.host.fails(f"{signalling}:exchangeICECandidate", code="MEETING_NOT_ACTIVE", **meeting, **candidate)
    assert scene.of(scene.guest, "leaveMeeting") == {"success": True}
    backend.advance(SWEEP)
    assert scene.meeting().state == "concluded"


def test_scheduled_and_finished_meetings_are_left_alone(short: Scene) -> None:
    finished = short.create(short.guest)
    short.guest.call("meetings/lifecycle:startMeeting", meetingId=finished)
    short.guest.call("meetings/lifecycle:endMeeting", meetingId=finished)
    before = short.guest.call("meetings/queries:getMeeting", meetingId=finished)
    short.backend.advance(7_200)
    assert short.meeting().state == "scheduled"
    assert short.guest.call("meetings/queries:getMeeting", meetingId=finished) == before


def test_many_meetings_end_in_one_go(short: Scene) -> None:
    made = [short.create(short.host) for _ in range(5)]
    for meeting_id in made:
        for step in ("startMeeting", "joinMeeting", "leaveMeeting"):
            short.host.call(f"meetings/lifecycle:{step}", meetingId=meeting_id)
    short.backend.advance(120 + SWEEP)
    ended = short.host.call("meetings/queries:listUserMeetings", state="concluded")
    assert {meeting["_id"] for meeting in ended} == set(made)
