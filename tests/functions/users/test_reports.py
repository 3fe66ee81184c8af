"""Reports to the operators: of users, messages and meetings, by people who have to do with them."""

from typing import Any

import pytest

from connvo.model.users.jobs import DAY
from connvo.schema.reports import Report
from connvo.settings import RetentionSettings
from tests.support.backend import Backend, Caller
from tests.support.people import audit_rows
from tests.support.scene import Scene

REPORT = "users/reports:report"


@pytest.fixture
def scene(backend: Backend) -> Scene:
    return Scene(backend)


def stored(backend: Backend) -> list[Report]:
    return backend.read(lambda db: db.scan(Report, "by_creation"))


def message(scene: Scene, writer: Caller) -> str:
    scene.start()
    scene.join(writer)
    sent = writer.call("meetings/chat:sendMessage", meetingId=scene.meeting_id, text="Buy this")
    message_id: str = sent["messageId"]
    return message_id


def test_users_messages_and_meetings_are_reported(scene: Scene) -> None:
    sent = message(scene, scene.host)
    about = {"meetingId": scene.meeting_id}
    wishes: list[dict[str, Any]] = [
        {"userId": scene.host.user_id},
        {"userId": scene.host.user_id, **about},
        {"messageId": sent},
        about,
    ]
    for wish in wishes:
        scene.guest.call(REPORT, text=" Spam\u202e ", **wish)
    made = stored(scene.backend)
    assert [(one.kind, one.target_id, one.meeting) for one in made] == [
        ("user", scene.host.user_id, None),
        ("user", scene.host.user_id, scene.meeting_id),
        ("message", sent, scene.meeting_id),
        ("meeting", scene.meeting_id, scene.meeting_id),
    ]
    assert {(one.reporter_id, one.reported_user_id, one.text) for one in made} == {
        (scene.guest.user_id, scene.host.user_id, "Spam")
    }
    assert audit_rows(scene.backend, "report.create")[-1].metadata == {"kind": "meeting"}


def test_an_invited_person_reports_the_invitation(scene: Scene) -> None:
    made = scene.host.call(
        "meetings/lifecycle:createMeeting", title="Win a prize", participantEmails=["otto@example.org"]
    )
    scene.outsider.call(REPORT, text="Spam", meetingId=made["meetingId"])
    assert [one.reported_user_id for one in stored(scene.backend)] == [scene.host.user_id]


def test_documents_out_of_reach_cannot_be_reported(scene: Scene) -> None:
    sent = message(scene, scene.host)
    scene.outsider.fails(REPORT, code="NOT_FOUND", text="Spam", messageId=sent)
    scene.outsider.fails(REPORT, code="FORBIDDEN", text="Spam", meetingId=scene.meeting_id)
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    scene.guest.fails(REPORT, code="NOT_FOUND", text="Spam", messageId=sent)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "x" * 1_001, "x" * 100_000])
def test_a_report_says_something_and_not_too_much(scene: Scene, text: str) -> None:
    error = scene.guest.fails(REPORT, code="VALIDATION_ERROR", text=text, userId=scene.host.user_id)
    assert error.metadata["field"] == "text"


def test_a_report_names_one_thing(scene: Scene) -> None:
    sent = message(scene, scene.host)
    for wish in ({}, {"userId": scene.host.user_id, "messageId": sent}, {"userId": scene.guest.user_id}):
        scene.guest.fails(REPORT, code="VALIDATION_ERROR", text="Spam", **wish)


def test_reports_have_a_rate_and_an_end(make_backend: Any) -> None:
    backend: Backend = make_backend(retention=RetentionSettings(report_days=2))
    ada, ben = backend.sign_in("ada"), backend.sign_in("ben")
    for _ in range(10):
        ada.call(REPORT, text="Spam", userId=ben.user_id)
    error = ada.fails(REPORT, code="RATE_LIMIT_EXCEEDED", text="Spam", userId=ben.user_id)
    assert error.metadata["action"] == "report"
    backend.advance(1.5 * DAY)
    ada.call(REPORT, text="Again", userId=ben.user_id)
    backend.advance(DAY)
    assert [one.text for one in stored(backend)] == ["Again"]
