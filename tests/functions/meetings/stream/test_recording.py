"""A recording: who may start it, that everybody sees it, and that it comes to an end whatever the provider does."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.model.recordings.control import START_BURST
from connvo.providers.rooms.base import MediaRoom
from connvo.providers.rooms.getstream import GetStream
from connvo.rules.recording_states import RecordingConfig
from connvo.runtime.call_request import CallRequest
from tests.support.backend import Backend
from tests.support.hall import STREAM, Hall
from tests.support.people import audit_rows
from tests.support.scene import Scene


def test_a_host_records_and_gets_the_file(hall: Hall) -> None:
    started = hall.stream(hall.host, "startRecording", recordingConfig={"quality": "1080p", "layout": "spotlight"})
    assert started == {"recordingId": hall.rows()[0].id, "success": True}
    assert hall.call["recording"] is not None
    assert hall.call["settings"]["recording"]["quality"] == "1080p"
    assert hall.states() == ["recording"]
    hall.backend.advance(90)
    stopped = hall.stream(hall.host, "stopRecording")
    assert hall.call["recording"] is None
    assert (stopped["success"], stopped["recordingId"]) == (True, started["recordingId"])
    assert 90_000 <= stopped["duration"] < 91_000
    assert "recordingUrl" not in stopped
    assert hall.states() == ["processing"]


def align(hall: Hall) -> None:
    """Give the stand-in's file the times of the backend's clock."""
    now = int(hall.backend.now_ns)
    for file in hall.call["unfiled"]:
        file["start_time"], file["end_time"] = now - 60 * 10**9, now


def recorded(hall: Hall) -> str:
    """Record for a minute and stop; return the recording's id."""
    recording_id = hall.record()
    hall.pass_time(60)
    hall.stream(hall.host, "stopRecording")
    align(hall)
    return recording_id


def test_the_file_is_found_without_any_webhook(hall: Hall) -> None:
    recording_id = recorded(hall)
    hall.double.file(hall.room)
    hall.pass_time(35)
    assert hall.states() == ["ready"]
    again = hall.stream(hall.host, "stopRecording", recordingId=recording_id)
    assert again["success"] and again["recordingUrl"] == "https://files.example/rec_0.mp4?signed"
    assert [row.actor_user_id for row in audit_rows(hall.backend, "recording.ready")] == [None]


def test_every_member_sees_a_recording_and_only_hosts_see_its_file(hall: Hall) -> None:
    recorded(hall)
    hall.double.file(hall.room)
    hall.pass_time(35)
    [file] = hall.seen(hall.host)[0]["files"]
    assert (file["name"], file["url"]) == ("rec_0.mp4", "https://files.example/rec_0.mp4?signed")
    for person in (hall.guest, hall.watcher):
        [entry] = hall.seen(person)
        assert "files" not in entry and entry["requestedBy"] == hall.host.user_id


def test_all_members_see_it_before_the_provider_is_asked_even_without_joining(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_link = hall.backend.sign_in("lara")
    code = hall.host.call("meetings/links:createLink", meetingId=hall.meeting_id)["code"]
    by_link.call("meetings/links:acceptLink", code=code)
    people = {"host": hall.host, "guest": hall.guest, "invited": hall.watcher, "by link": by_link}
    seen: dict[str, Any] = {}
    start = GetStream.start_recording

    async def start_late(self: GetStream, room: MediaRoom, config: RecordingConfig) -> None:
        assert hall.call["recording"] is None
        path, args = f"{STREAM}:getRecordings", {"meetingId": hall.meeting_id}
        for name, person in people.items():
            outcome = await hall.backend.runtime.run(CallRequest(path, args, person.identity, None, "test"))
            seen[name] = [entry["state"] for entry in outcome.value]
        await start(self, room, config)

    monkeypatch.setattr(GetStream, "start_recording", start_late)
    hall.record()
    assert seen == {name: ["starting"] for name in people}
    assert hall.call["recording"] is not None
    hall.outsider.fails(f"{STREAM}:getRecordings", "FORBIDDEN", meetingId=hall.meeting_id)


def test_a_member_in_the_lobby_sees_a_running_recording(hall: Hall) -> None:
    late = hall.backend.sign_in("lara")
    hall.record()
    hall.add(late)
    assert [entry["state"] for entry in hall.seen(late)] == ["recording"]
    hall.of(late, "joinMeeting")
    hall.of(late, "leaveMeeting")
    assert [entry["state"] for entry in hall.seen(late)] == ["recording"]


def test_a_second_recording_has_its_own_file(hall: Hall) -> None:
    first = recorded(hall)
    hall.double.file(hall.room)
    hall.pass_time(120)
    second = recorded(hall)
    hall.double.file(hall.room)
    hall.pass_time(35)
    names = {row.id: [file.name for file in row.files] for row in hall.rows()}
    assert names == {first: ["rec_0.mp4"], second: ["rec_1.mp4"]}


def test_a_meeting_is_recorded_once_at_a_time(hall: Hall) -> None:
    recording_id = hall.record()
    failed = hall.host.fails(f"{STREAM}:startRecording", "CONFLICT", meetingId=hall.meeting_id)
    assert failed.metadata["recordingId"] == recording_id


def test_deeds_are_in_the_audit_trail(hall: Hall) -> None:
    recording_id = recorded(hall)
    for action in ("recording.start", "recording.stop"):
        [row] = audit_rows(hall.backend, action)
        assert (row.actor_user_id, row.resource_id) == (hall.host.user_id, recording_id)


def test_where_the_provider_cannot_record_the_code_says_so(scene: Scene) -> None:
    scene.start()
    failed = scene.host.fails(f"{STREAM}:startRecording", "UNSUPPORTED_BY_PROVIDER", meetingId=scene.meeting_id)
    assert failed.metadata == {"provider": "webrtc"}


def test_a_meeting_made_without_recording_is_not_recorded(hall: Hall) -> None:
    hall.meeting_id = hall.create(hall.host, maxParticipants=12)
    hall.start()
    hall.host.fails(f"{STREAM}:startRecording", "FORBIDDEN", meetingId=hall.meeting_id)


def test_a_meeting_that_is_not_active_is_not_recorded(hall: Hall) -> None:
    hall.end()
    hall.host.fails(f"{STREAM}:startRecording", "MEETING_NOT_ACTIVE", meetingId=hall.meeting_id)


def test_recording_with_recording_disabled_is_refused(hall: Hall) -> None:
    config = {"mode": "disabled"}
    hall.host.fails(f"{STREAM}:startRecording", "VALIDATION_ERROR", meetingId=hall.meeting_id, recordingConfig=config)


def test_a_host_cannot_start_and_stop_all_the_time(hall: Hall) -> None:
    for _ in range(int(START_BURST)):
        hall.record()
        hall.stream(hall.host, "stopRecording")
    hall.host.fails(f"{STREAM}:startRecording", "RATE_LIMIT_EXCEEDED", meetingId=hall.meeting_id)
    hall.pass_time(25)
    hall.record()


@pytest.mark.parametrize("which", ["unknown", "of another meeting", "none runs"])
def test_a_missing_recording_cannot_be_stopped(hall: Hall, which: str) -> None:
    args = {"unknown": {"recordingId": "x"}, "of another meeting": {"recordingId": ""}, "none runs": {}}[which]
    if which == "of another meeting":
        args["recordingId"] = hall.record()
        hall.meeting_id = hall.create(hall.host, recordingEnabled=True, maxParticipants=12)
    hall.host.fails(f"{STREAM}:stopRecording", "NOT_FOUND", meetingId=hall.meeting_id, **args)


@pytest.mark.parametrize(("mode", "reason"), [(401, "refused"), (429, "rate_limited"), (500, "broken")])
def test_a_start_that_the_provider_refuses_is_an_error_and_has_failed(hall: Hall, mode: int, reason: str) -> None:
    hall.double.fail(mode)
    with pytest.raises(Exception, match="SERVICE_UNAVAILABLE"):
        hall.record()
    assert [(row.state, row.reason) for row in hall.rows()] == [("failed", reason)]


def test_a_start_that_may_have_happened_is_stopped(hall: Hall) -> None:
    hall.stream(hall.host, "generateParticipantTokenPublic")
    hall.double.fail("slow", only="/start")
    with pytest.raises(Exception, match="did not answer"):
        hall.record()
    assert hall.states() == ["stopping"]
    hall.double.released.set()
    hall.double.fail("ok")
    hall.pass_time(10)
    assert hall.call["recording"] is None
    assert hall.states() == ["processing"]


def test_a_start_that_the_provider_never_confirms_fails_in_time(hall: Hall) -> None:
    hall.record()
    recording = hall.rows()[0]
    hall.backend.run(
        hall.backend.engine.write(
            lambda db: db.patch(recording, state="starting", since=db.now, due_at=db.now, started_at=None)
        )
    )
    hall.call["recording"] = None
    hall.pass_time(70)
    assert [(row.state, row.reason) for row in hall.rows()] == [("failed", "never_began")]


def test_a_stop_the_provider_does_not_take_is_tried_again(hall: Hall) -> None:
    hall.record()
    hall.double.fail(500, only="/stop")
    stopped = hall.stream(hall.host, "stopRecording")
    assert stopped["success"] is False
    assert hall.states() == ["stopping"]
    hall.double.fail("ok")
    hall.pass_time(10)
    assert hall.call["recording"] is None
    assert hall.states() == ["processing"]


def test_a_recording_that_does_not_stop_does_not_stay_active(hall: Hall) -> None:
    hall.record()
    hall.double.keeps_recording = True
    hall.stream(hall.host, "stopRecording")
    hall.pass_time(330, step=15)
    assert [(row.state, row.reason, row.live) for row in hall.rows()] == [("failed", "would_not_stop", False)]


def test_with_the_provider_gone_for_good_it_ends_too(hall: Hall) -> None:
    hall.record()
    hall.double.fail(503)
    hall.stream(hall.host, "stopRecording")
    hall.pass_time(330, step=15)
    assert [(row.state, row.reason) for row in hall.rows()] == [("failed", "broken")]


def test_a_recording_that_ended_at_the_provider_is_seen_to_have_ended(hall: Hall) -> None:
    hall.record()
    hall.call["recording"] = None
    hall.pass_time(40)
    assert hall.states() == ["processing"]


def test_a_file_that_never_comes_is_not_waited_for_endlessly(hall: Hall) -> None:
    recorded(hall)
    hall.pass_time(3700, step=100)
    assert [(row.state, row.reason, row.over) for row in hall.rows()] == [("failed", "no_file", True)]


def test_the_end_of_the_meeting_ends_its_recording(hall: Hall) -> None:
    hall.record()
    hall.end()
    hall.backend.advance(6)
    assert hall.call["recording"] is None
    assert hall.rows()[0].state == "processing"
    assert hall.rows()[0].reason == "meeting_over"


def test_the_provider_is_asked_about_nothing_that_is_over(hall: Hall) -> None:
    recorded(hall)
    hall.double.file(hall.room)
    hall.pass_time(35)
    before = len(hall.double.requests)
    hall.pass_time(120)
    assert len(hall.double.requests) == before


def test_a_member_removed_sees_nothing_more(hall: Hall) -> None:
    hall.record()
    hall.of(hall.host, "removeParticipant", userId=hall.guest.user_id)
    hall.guest.fails(f"{STREAM}:getRecordings", "FORBIDDEN", meetingId=hall.meeting_id)


def test_without_a_provider_configured_nothing_is_promised(make_backend: Callable[..., Backend]) -> None:
    scene = Scene(make_backend())
    made = scene.host.call("meetings/lifecycle:createMeeting", title="x", recordingEnabled=True)
    assert made["features"]["recording"] is False
