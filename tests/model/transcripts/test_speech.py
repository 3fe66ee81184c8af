"""Words of the server's own recogniser: only of those who agreed, once, and up to the last one."""

from typing import Any

import pytest

from connvo.model.transcripts import speech
from connvo.runtime.function import Function
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import TranscriptionMode, TranscriptionSession
from connvo.schema.users import UserId
from tests.support.backend import Caller
from tests.support.speech import Talk

SESSION = "transcripts/session"


def call(talk: Talk, function: Function[..., Any], person: Caller | None = None, **more: Any) -> Any:
    about: dict[str, Any] = {} if person is None else {"user_id": UserId(person.user_id)}
    return talk.backend.run(talk.backend.runtime.call(function, meeting_id=MeetingId(talk.meeting_id), **about, **more))


def words(talk: Talk, text: str = "Hello", at: float = 0.0) -> dict[str, Any]:
    start = talk.zero + at * 1000.0
    return {"text": text, "confidence": 0.9, "start_ms": start, "end_ms": start + 1000.0}


def final(talk: Talk, person: Caller, text: str = "Hello", at: float = 0.0, first: int = 1) -> Any:
    return call(talk, speech.take_final, person, stream="s", first=float(first), **words(talk, text, at))


def agree(talk: Talk, mode: TranscriptionMode, *people: Caller) -> None:
    talk.host.call(f"{SESSION}:start", meetingId=talk.meeting_id, mode=mode)
    for person in people:
        person.call(f"{SESSION}:answer", meetingId=talk.meeting_id, allowed=True)


def test_nothing_is_taken_of_a_member_that_did_not_agree(talk: Talk) -> None:
    agree(talk, "transcript", talk.host)
    assert final(talk, talk.guest) == "refused"
    assert call(talk, speech.take_interim, talk.guest, **words(talk)) == "refused"
    assert call(talk, speech.may_hear, talk.guest) == "off"
    assert call(talk, speech.may_hear, talk.host) == "transcript"
    for person in (talk.watcher, talk.outsider):
        assert final(talk, person) == "refused"
    assert (talk.chunks(), talk.captions()) == ([], [])


def test_a_member_that_agreed_to_captions_is_not_put_into_a_transcript(talk: Talk) -> None:
    agree(talk, "captions", talk.guest)
    assert final(talk, talk.guest) == "shown"
    agree(talk, "transcript")
    assert final(talk, talk.guest, at=2) == "refused"
    assert talk.chunks() == []


def test_a_refusal_holds_at_once(talk: Talk) -> None:
    agree(talk, "transcript", talk.guest)
    assert final(talk, talk.guest) == "stored"
    talk.guest.call(f"{SESSION}:answer", meetingId=talk.meeting_id, allowed=False)
    assert final(talk, talk.guest, at=2, first=2) == "refused"


def test_audio_that_is_sent_again_is_stored_once(each_talk: Talk) -> None:
    talk = each_talk
    agree(talk, "transcript", talk.guest)
    assert final(talk, talk.guest, "Hello", first=7) == "stored"
    assert final(talk, talk.guest, "Hello there", at=0.2, first=7) == "stored"
    assert final(talk, talk.guest, "Next", at=3, first=30) == "stored"
    assert [chunk.text for chunk in talk.chunks()] == ["Hello", "Next"]


def test_the_last_words_arrive_a_moment_after_the_end(talk: Talk) -> None:
    agree(talk, "transcript", talk.guest)
    talk.end()
    talk.backend.advance(4)
    assert final(talk, talk.guest, "See you") == "stored"
    talk.backend.advance(2)
    assert final(talk, talk.guest, "Too late", at=3, first=2) == "refused"
    assert [chunk.text for chunk in talk.chunks()] == ["See you"]


def test_a_stream_that_ended_leaves_no_words_behind(talk: Talk) -> None:
    agree(talk, "captions", talk.guest)
    assert call(talk, speech.take_interim, talk.guest, **words(talk, "Hel")) == "shown"
    assert [one.text for one in talk.captions()] == ["Hel"]
    call(talk, speech.end_stream, talk.guest)
    assert talk.captions() == []


@pytest.mark.parametrize("reason", ["engine", "busy", "budget"])
def test_members_see_why_nothing_is_recognised(talk: Talk, reason: str) -> None:
    agree(talk, "captions", talk.guest)
    call(talk, speech.report, engine="scripted", reason=reason, retry_at=talk.backend.now_ms + 1000)
    shown = talk.watcher.call(f"{SESSION}:getState", meetingId=talk.meeting_id)
    assert (shown["state"], shown["pauseReason"], shown["engine"]) == ("paused", reason, "scripted")
    talk.say(talk.guest, "Delivered by a program")
    call(talk, speech.report, engine="scripted")
    (row,) = talk.backend.read(lambda db: db.scan(TranscriptionSession, "by_meeting", talk.meeting_id))
    assert (row.state, row.pause_reason, row.retry_at) == ("active", None, None)
