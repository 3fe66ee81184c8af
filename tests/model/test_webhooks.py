"""What GetStream tells: it counts once, in any order, and moves no more than it may."""

import hashlib
from typing import Any

import pytest

from connvo.model.webhooks import drop_old_receipts, receive_event
from connvo.providers.rooms.getstream_events import read_event
from connvo.schema.webhooks import WebhookReceipt
from tests.support.backend import Caller
from tests.support.getstream_double import webhook
from tests.support.hall import Hall
from tests.support.people import audit_rows

AGE_MS = 600_000.0


def tell(hall: Hall, kind: str, room: str | None = None, ago: float = 0.0, **given: Any) -> str:
    """Return what came of an event of the hall's room, told so many seconds after it happened."""
    body = webhook(kind, hall.backend.now_ms - ago * 1000, room or hall.room, **given)
    return take(hall, body)


def take(hall: Hall, body: bytes) -> str:
    event, digest = read_event(body, "default"), hashlib.sha256(body).hexdigest()
    call = hall.backend.runtime.call(receive_event, event=event, digest=digest, expires_at=event.at + AGE_MS)
    outcome: str = hall.backend.run(call)
    return outcome


def ready(hall: Hall, egress: str = "e-1", began_ago: float = 60.0, **given: Any) -> str:
    now = hall.backend.now_ms
    file = {
        "filename": "rec.mp4", "url": "https://files.example/rec.mp4", "session_id": "s", "recording_type": "composite",
        "start_time": int((now - began_ago * 1000) * 1e6), "end_time": int(now * 1e6),
    }  # fmt: skip
    return tell(hall, "call.recording_ready", egress_id=egress, call_recording=file, **given)


def participant(person: Caller) -> dict[str, Any]:
    return {"user": {"id": person.user_id}, "user_session_id": "u", "role": "user"}


def test_a_recording_follows_the_reported_events(hall: Hall) -> None:
    hall.record()
    assert tell(hall, "call.recording_started", egress_id="e-1") == "ignored", "known already"
    assert hall.rows()[0].egress_id == "e-1"
    hall.pass_time(60)
    assert tell(hall, "call.recording_stopped", egress_id="e-1") == "applied"
    assert hall.states() == ["processing"]
    assert ready(hall) == "applied"
    [row] = hall.rows()
    assert (row.state, [file.url for file in row.files]) == ("ready", ["https://files.example/rec.mp4"])


def test_the_same_webhook_counts_once(hall: Hall) -> None:
    body = webhook("call.recording_started", hall.backend.now_ms, hall.room, egress_id="e-9")
    assert [take(hall, body) for _ in range(3)] == ["applied", "repeated", "repeated"]
    assert len(hall.rows()) == 1


def test_receipts_are_kept_while_a_repetition_would_be_taken_and_no_longer(hall: Hall) -> None:
    tell(hall, "something.new")
    hall.pass_time(590, step=59)
    hall.backend.run(hall.backend.runtime.call(drop_old_receipts))
    assert len(hall.backend.read(lambda db: db.scan(WebhookReceipt, "by_creation"))) == 1
    hall.pass_time(70, step=35)
    assert hall.backend.read(lambda db: db.scan(WebhookReceipt, "by_creation")) == []


def test_a_recording_begun_at_the_provider_is_shown_to_everybody(hall: Hall) -> None:
    assert tell(hall, "call.recording_started", egress_id="e-1") == "applied"
    [entry] = hall.seen(hall.guest)
    assert entry["state"] == "recording" and "requestedBy" not in entry
    [row] = audit_rows(hall.backend, "recording.start")
    assert row.actor_user_id is None


def test_words_in_the_wrong_order_come_to_the_same(hall: Hall) -> None:
    hall.record()
    hall.pass_time(60)
    assert ready(hall) == "applied"
    assert tell(hall, "call.recording_stopped", egress_id="e-1", ago=1) == "ignored"
    assert tell(hall, "call.recording_started", egress_id="e-1", ago=60) == "ignored"
    assert [row.state for row in hall.rows()] == ["ready"]


def test_a_failure_at_the_provider_is_one_here(hall: Hall) -> None:
    hall.record()
    assert tell(hall, "call.recording_failed", egress_id="e-1") == "applied"
    assert [(row.state, row.reason) for row in hall.rows()] == [("failed", "provider_failed")]


def test_a_file_of_no_recording_is_nobodys(hall: Hall) -> None:
    assert ready(hall) == "ignored"
    assert hall.rows() == []


def test_a_recording_that_begins_after_it_was_given_up_is_shown(hall: Hall) -> None:
    hall.double.fail(401)
    with pytest.raises(Exception, match="SERVICE_UNAVAILABLE"):
        hall.record()
    hall.double.fail("ok")
    assert tell(hall, "call.recording_started", egress_id="e-1") == "applied"
    assert hall.states() == ["recording", "failed"]


def test_when_nobody_is_in_the_call_nothing_is_recorded(hall: Hall) -> None:
    hall.record()
    assert tell(hall, "call.session_ended") == "applied"
    assert hall.states() == ["processing"]
    assert hall.meeting().state == "active"


def test_ending_the_call_for_everybody_ends_the_meeting(hall: Hall) -> None:
    hall.record()
    assert tell(hall, "call.ended") == "applied"
    assert hall.meeting().state == "concluded"
    [row] = audit_rows(hall.backend, "meeting.end")
    assert (row.actor_user_id, row.metadata["reason"]) == (None, "ended_at_provider")
    assert [row.state for row in hall.rows()] == ["processing"]


@pytest.mark.parametrize("kind", ["call.session_started", "call.ended", "call.recording_started"])
def test_nothing_brings_back_a_meeting_that_is_over(hall: Hall, kind: str) -> None:
    hall.end()
    before = hall.meeting()
    assert tell(hall, kind) == "ignored"
    assert hall.meeting() == before
    assert hall.rows() == []


def test_a_call_that_the_meeting_has_left_does_not_end_it(hall: Hall) -> None:
    assert tell(hall, "call.ended", room=f"{hall.room}_7") == "ignored"
    assert hall.meeting().state == "active"


@pytest.mark.parametrize("room", ["getstream_nothing", "x", "a_b_c_d", "getstream__", "_"])
def test_calls_that_are_not_ours_are_ignored(hall: Hall, room: str) -> None:
    assert tell(hall, "call.ended", room=room) == "ignored"


def test_a_member_in_the_call_is_in_the_meeting(hall: Hall) -> None:
    hall.of(hall.guest, "leaveMeeting")
    hall.backend.advance(1)
    assert tell(hall, "call.session_participant_joined", participant=participant(hall.guest)) == "applied"
    assert hall.membership(hall.guest).presence == "joined"


def test_a_late_event_does_not_bring_back_a_member_that_has_left(hall: Hall) -> None:
    hall.of(hall.guest, "leaveMeeting")
    tell(hall, "call.session_participant_joined", ago=5, participant=participant(hall.guest))
    assert hall.membership(hall.guest).presence == "left"


def test_a_participant_without_permission_is_removed_from_the_call(hall: Hall) -> None:
    for person in (hall.outsider, hall.watcher):
        assert tell(hall, "call.session_participant_joined", participant=participant(person)) == "applied"
    hall.backend.advance(1)
    assert hall.member(hall.outsider) is None
    assert hall.membership(hall.watcher).presence == "invited"
    assert hall.call["blocked"] == {hall.outsider.user_id, hall.watcher.user_id}


def test_being_in_the_call_is_a_heartbeat(hall: Hall) -> None:
    for _ in range(6):
        hall.backend.advance(25)
        tell(hall, "call.session_participant_joined", participant=participant(hall.guest))
    assert hall.membership(hall.guest).presence == "joined"
    assert hall.membership(hall.host).presence == "left"


def test_a_deactivated_account_is_put_out(hall: Hall) -> None:
    hall.guest.call("users/mutations:deactivateUser", userId=hall.guest.user_id)
    tell(hall, "call.session_participant_joined", participant=participant(hall.guest))
    hall.backend.advance(1)
    assert hall.guest.user_id in hall.call["blocked"]
