"""What people report of a running meeting."""

from typing import Any

import pytest

from connvo.schema.activity import MeetingActivity
from tests.support.scene import Scene

STATE = "meetings/stateTracking"
SPOKE, TOPICS, ACTED = f"{STATE}:updateSpeakingStats", f"{STATE}:updateCurrentTopics", f"{STATE}:recordActivity"


@pytest.fixture
def running(scene: Scene) -> Scene:
    """A scene whose meeting is active."""
    scene.start()
    return scene


def activity(scene: Scene) -> MeetingActivity:
    rows = scene.backend.read(lambda db: db.scan(MeetingActivity, "by_meeting", scene.meeting_id))
    assert len(rows) == 1
    return rows[0]


def spoke(scene: Scene, person: Any, milliseconds: float) -> None:
    args = {"meetingId": scene.meeting_id, "userId": person.user_id, "speakingDurationMs": milliseconds}
    assert person.call(SPOKE, **args) is None


def test_speaking_time_adds_up_per_person(running: Scene) -> None:
    spoke(running, running.guest, 1_500)
    spoke(running, running.host, 60_000)
    spoke(running, running.guest, 500.5)
    row = activity(running)
    assert row.speaking_ms == {running.guest.user_id: 2_000.5, running.host.user_id: 60_000}
    assert row.last_activity_at == row.last_activity["speaking"]


def test_nobody_reports_for_another_member(running: Scene) -> None:
    about = {"meetingId": running.meeting_id, "userId": running.guest.user_id}
    running.host.fails(SPOKE, code="FORBIDDEN", speakingDurationMs=5, **about)
    running.host.fails(ACTED, code="FORBIDDEN", activityType="message", **about)


@pytest.mark.parametrize("milliseconds", [-1, 60_001, float("nan"), float("inf"), "5", None])
def test_a_report_outside_a_minute_is_refused(running: Scene, milliseconds: Any) -> None:
    args = {"meetingId": running.meeting_id, "userId": running.guest.user_id, "speakingDurationMs": milliseconds}
    error = running.guest.fails(SPOKE, code="VALIDATION_ERROR", **args)
    assert error.metadata["field"] == "speakingDurationMs"


def test_hosts_set_the_topic_of_the_meeting(running: Scene) -> None:
    assert running.host.call(TOPICS, meetingId=running.meeting_id, topics=["plans", " people "]) is None
    assert activity(running).topics == ["plans", "people"]
    running.host.call(TOPICS, meetingId=running.meeting_id, topics=[])
    assert activity(running).topics == []


@pytest.mark.parametrize("topics", [["t"] * 11, ["x" * 61], [" "], [5], "plans"])
def test_topics_are_few_and_short(running: Scene, topics: Any) -> None:
    error = running.host.fails(TOPICS, code="VALIDATION_ERROR", meetingId=running.meeting_id, topics=topics)
    assert error.metadata["field"].startswith("topics")


@pytest.mark.parametrize("kind", ["speaking", "message", "screen_share", "reaction"])
def test_the_last_activity_of_each_kind_is_kept(running: Scene, kind: str) -> None:
    running.backend.advance(2)
    before = activity(running).last_activity_at
    assert running.guest.call(ACTED, meetingId=running.meeting_id, activityType=kind) is None
    row = activity(running)
    assert row.last_activity == {kind: row.last_activity_at}
    assert row.last_activity_at > before


def test_silence_counts_from_the_start(running: Scene) -> None:
    assert activity(running).last_activity_at == running.meeting().started_at


def test_an_activity_may_name_oneself(running: Scene) -> None:
    about = {"meetingId": running.meeting_id, "userId": running.guest.user_id}
    assert running.guest.call(ACTED, activityType="reaction", **about) is None


@pytest.mark.parametrize("kind", ["yawn", "", None])
def test_an_unknown_activity_is_refused(running: Scene, kind: Any) -> None:
    error = running.guest.fails(ACTED, code="VALIDATION_ERROR", meetingId=running.meeting_id, activityType=kind)
    assert error.metadata["field"] == "activityType"


@pytest.mark.parametrize("state", ["scheduled", "concluded"])
def test_only_an_active_meeting_has_something_going_on(scene: Scene, state: str) -> None:
    if state == "concluded":
        scene.start()
        scene.end()
    about = {"meetingId": scene.meeting_id}
    calls: list[tuple[str, dict[str, Any]]] = [
        (SPOKE, {"userId": scene.host.user_id, "speakingDurationMs": 5}),
        (TOPICS, {"topics": ["plans"]}),
        (ACTED, {"activityType": "message"}),
    ]
    for path, args in calls:
        error = scene.host.fails(path, code="MEETING_NOT_ACTIVE", **about, **args)
        assert error.metadata == {"meetingId": scene.meeting_id, "state": state}
