"""Captions and a transcript are two switches that all see, and no speaker is recognised who did not agree."""

from typing import Any

import pytest

from connvo.schema.audit import AuditLog
from connvo.schema.transcripts import TranscriptionSession
from tests.support.backend import Caller
from tests.support.speech import INGEST, Talk

SESSION = "transcripts/session"
STATE, START, STOP = f"{SESSION}:getState", f"{SESSION}:start", f"{SESSION}:stop"
ANSWER, ERASE = f"{SESSION}:answer", f"{SESSION}:erase"


def state(talk: Talk, person: Caller) -> dict[str, Any]:
    shown: dict[str, Any] = person.call(STATE, meetingId=talk.meeting_id)
    return shown


def start(talk: Talk, person: Caller, mode: str) -> None:
    person.call(START, meetingId=talk.meeting_id, mode=mode)


def stop(talk: Talk, person: Caller) -> None:
    person.call(STOP, meetingId=talk.meeting_id)


def answer(talk: Talk, person: Caller, allowed: bool, **more: Any) -> None:
    person.call(ANSWER, meetingId=talk.meeting_id, allowed=allowed, **more)


def stored(talk: Talk) -> list[TranscriptionSession]:
    return talk.backend.read(lambda db: db.scan(TranscriptionSession, "by_meeting", talk.meeting_id))


def test_nothing_is_on_until_a_member_turns_it_on(talk: Talk) -> None:
    shown = state(talk, talk.guest)
    assert (shown["mode"], shown["state"], shown["mustAnswer"]) == ("off", "initializing", False)
    assert (shown["canStart"], shown["canStop"]) == (["captions"], False)
    assert state(talk, talk.host)["canStart"] == ["captions", "transcript"]
    assert state(talk, talk.watcher)["canStart"] == []


def test_all_members_see_the_mode_and_the_member_that_turned_it_on(each_talk: Talk) -> None:
    talk = each_talk
    start(talk, talk.guest, "captions")
    start(talk, talk.host, "transcript")
    late = talk.backend.sign_in("lara")
    talk.add(late)
    for person in (talk.host, talk.guest, talk.watcher, late):
        shown = state(talk, person)
        assert (shown["mode"], shown["state"]) == ("transcript", "active")
        assert shown["changedBy"]["displayName"] == "Hanna"
        assert shown["mustAnswer"] == (person is not talk.watcher)
    assert len(stored(talk)) == 1


def test_a_transcript_is_for_hosts(talk: Talk) -> None:
    talk.guest.fails(START, "INSUFFICIENT_PERMISSIONS", meetingId=talk.meeting_id, mode="transcript")
    start(talk, talk.host, "transcript")
    talk.guest.fails(START, "INSUFFICIENT_PERMISSIONS", meetingId=talk.meeting_id, mode="captions")
    talk.guest.fails(STOP, "INSUFFICIENT_PERMISSIONS", meetingId=talk.meeting_id)
    stop(talk, talk.host)
    assert state(talk, talk.guest)["mode"] == "off"


def test_a_participant_turns_off_only_captions_they_turned_on(talk: Talk) -> None:
    start(talk, talk.guest, "captions")
    assert state(talk, talk.guest)["canStop"] is True
    stop(talk, talk.guest)
    start(talk, talk.host, "captions")
    assert state(talk, talk.guest)["canStop"] is False
    talk.guest.fails(STOP, "INSUFFICIENT_PERMISSIONS", meetingId=talk.meeting_id)


def test_turning_on_the_current_mode_changes_nothing(talk: Talk) -> None:
    start(talk, talk.host, "captions")
    (before,) = stored(talk)
    talk.backend.advance(5)
    start(talk, talk.guest, "captions")
    assert stored(talk) == [before]


def test_only_a_participant_in_the_running_meeting_turns_it_on(talk: Talk) -> None:
    talk.of(talk.guest, "leaveMeeting")
    error = talk.guest.fails(START, "VALIDATION_ERROR", meetingId=talk.meeting_id, mode="captions")
    assert error.metadata["field"] == "meetingId"
    talk.end()
    for path, more in ((START, {"mode": "captions"}), (STOP, {})):
        talk.host.fails(path, "MEETING_NOT_ACTIVE", meetingId=talk.meeting_id, **more)


def test_a_meeting_created_without_transcription_has_no_captions(talk: Talk) -> None:
    meeting = talk.create(talk.host, transcriptionEnabled=False)
    for step in ("startMeeting", "joinMeeting"):
        talk.host.call(f"meetings/lifecycle:{step}", meetingId=meeting)
    error = talk.host.fails(START, "FORBIDDEN", meetingId=meeting, mode="captions")
    assert error.metadata["reason"] == "transcription_disabled"
    assert talk.host.call(STATE, meetingId=meeting)["canStart"] == []


def test_words_that_are_not_kept_are_shown_and_gone_after_the_meeting(talk: Talk) -> None:
    start(talk, talk.host, "captions")
    assert talk.say(talk.guest, "Not for the record")["sequence"] == 0
    shown = talk.host.call("transcripts/captions:getLive", meetingId=talk.meeting_id)
    assert [(one["text"], one["isInterim"]) for one in shown] == [("Not for the record", False)]
    assert (talk.chunks(), talk.segments()) == ([], [])
    talk.end()
    assert talk.captions() == []


def test_a_host_that_turned_it_off_is_obeyed_by_programs_too(talk: Talk) -> None:
    talk.say(talk.guest, "Kept")
    talk.say(talk.guest, "unfin", at=3, isInterim=True)
    stop(talk, talk.host)
    assert talk.captions() == []
    error = talk.guest.fails(INGEST, "FORBIDDEN", **talk.words("Off the record", at=5))
    assert error.metadata["reason"] == "transcription_off"
    start(talk, talk.host, "transcript")
    talk.say(talk.guest, "On the record", at=7)
    assert [chunk.text for chunk in talk.chunks()] == ["Kept", "On the record"]


def test_words_that_members_deliver_without_a_choice_show_in_the_state(talk: Talk) -> None:
    talk.say(talk.guest, "Hello")
    shown = state(talk, talk.watcher)
    assert (shown["mode"], shown["state"]) == ("off", "active")


def test_members_are_asked_again_when_captions_become_a_transcript(talk: Talk) -> None:
    start(talk, talk.host, "captions")
    answer(talk, talk.guest, True, language="de-AT")
    shown = state(talk, talk.guest)
    assert (shown["mustAnswer"], shown["allowed"], shown["language"]) == (False, True, "de-AT")
    start(talk, talk.host, "transcript")
    assert state(talk, talk.guest)["mustAnswer"] is True
    answer(talk, talk.guest, True)
    start(talk, talk.host, "captions")
    assert state(talk, talk.guest)["mustAnswer"] is False, "who agreed to more has agreed to less"


def test_a_refusal_removes_the_captions_and_is_seen_by_others(talk: Talk) -> None:
    start(talk, talk.host, "captions")
    answer(talk, talk.guest, True)
    talk.say(talk.guest, "Hel", isInterim=True)
    answer(talk, talk.guest, False)
    assert talk.captions() == []
    assert state(talk, talk.watcher)["refused"] == [talk.guest.user_id]


def test_a_refusal_before_anything_is_on_holds_for_later_captions(talk: Talk) -> None:
    error = talk.guest.fails(ANSWER, "VALIDATION_ERROR", meetingId=talk.meeting_id, allowed=True)
    assert error.metadata["field"] == "allowed"
    answer(talk, talk.guest, False)
    start(talk, talk.host, "transcript")
    shown = state(talk, talk.guest)
    assert (shown["mustAnswer"], shown["allowed"]) == (False, False)


@pytest.mark.parametrize("language", ["", "no tag", "x" * 99])
def test_a_language_is_a_tag(talk: Talk, language: str) -> None:
    start(talk, talk.host, "captions")
    wrong = {"meetingId": talk.meeting_id, "allowed": True, "language": language}
    assert talk.guest.fails(ANSWER, "VALIDATION_ERROR", **wrong).metadata["field"] == "language"


def test_the_end_of_the_meeting_ends_it_and_a_new_start_begins_again(talk: Talk) -> None:
    start(talk, talk.host, "transcript")
    for person in (talk.host, talk.guest):
        talk.of(person, "leaveMeeting")
    for _ in range(12):
        talk.backend.advance(60)
    assert talk.meeting().state == "concluded"
    shown = state(talk, talk.host)
    assert (shown["mode"], shown["state"], shown["mustAnswer"]) == ("off", "completed", False)
    talk.of(talk.host, "reopenMeeting")
    talk.join(talk.host)
    assert state(talk, talk.host)["mode"] == "off"
    start(talk, talk.host, "captions")
    assert state(talk, talk.host)["state"] == "active"


def test_switching_has_a_rate_and_leaves_a_trail(talk: Talk) -> None:
    for number in range(10):
        start(talk, talk.host, "captions" if number % 2 else "transcript")
    stop(talk, talk.host)
    for _ in range(9):
        stop(talk, talk.host)
    talk.host.fails(START, "RATE_LIMIT_EXCEEDED", meetingId=talk.meeting_id, mode="captions")
    trail = talk.backend.read(lambda db: db.scan(AuditLog, "by_creation"))
    found = [(row.action, row.metadata["mode"]) for row in trail if row.action.startswith("transcription.")]
    assert found[-2:] == [("transcription.start", "captions"), ("transcription.stop", "off")]
    assert len(found) == 11


def test_a_host_erases_all_words_until_now(talk: Talk) -> None:
    for number in range(7):
        talk.say(talk.guest if number % 2 else talk.host, f"word {number}", at=number)
    talk.end()
    talk.host.call(ERASE, meetingId=talk.meeting_id)
    talk.backend.advance(1)
    assert (talk.chunks(), talk.segments(), talk.totals().chunks) == ([], [], 0)
    assert talk.totals().last_sequence == 7, "a sequence is never given twice"
