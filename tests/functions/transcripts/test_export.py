"""A file of a transcript has the final words of all speakers, and only hosts get it."""

import json
from typing import Any

import pytest

from tests.rules.transcripts.subtitles import srt, vtt
from tests.support.backend import Caller
from tests.support.speech import Talk

FILE = "transcripts/export:getFile"


def file(talk: Talk, kind: str, person: Caller | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (person or talk.host).call(FILE, meetingId=talk.meeting_id, format=kind)
    return found


@pytest.fixture
def spoken(each_talk: Talk) -> Talk:
    """A talk with words of two speakers, and some that are not final."""
    started = each_talk.meeting().started_at
    assert started is not None
    each_talk.zero = started
    each_talk.say(each_talk.host, "Welcome <all> & thanks.", at=1)
    each_talk.say(each_talk.guest, "Hello.", at=3)
    each_talk.say(each_talk.guest, "not final", at=5, isInterim=True)
    return each_talk


def test_subtitles_begin_with_the_meeting_and_name_the_speakers(spoken: Talk) -> None:
    found = file(spoken, "vtt")
    assert (found["name"], found["contentType"]) == ("transcript.vtt", "text/vtt")
    assert [(cue.start, cue.speaker, cue.lines) for cue in vtt(found["content"])] == [
        (1000, "Hanna", ("Welcome <all> & thanks.",)),
        (3000, "Gustav", ("Hello.",)),
    ]
    assert [cue.lines for cue in srt(file(spoken, "srt")["content"])] == [
        ("Hanna: Welcome \u2039all\u203a & thanks.",),
        ("Gustav: Hello.",),
    ]


def test_no_file_has_words_that_are_not_final(spoken: Talk) -> None:
    for kind in ("vtt", "srt", "txt", "md", "json"):
        content = file(spoken, kind)["content"]
        assert "Hello" in content
        assert "not final" not in content


def test_programs_get_everything(spoken: Talk) -> None:
    spoken.end()
    read = json.loads(file(spoken, "json")["content"])
    assert read["title"] == "Planning"
    assert [(one["sequence"], one["speaker"], one["text"]) for one in read["chunks"]] == [
        (1, "Hanna", "Welcome <all> & thanks."),
        (2, "Gustav", "Hello."),
    ]


def test_only_hosts_get_a_file(spoken: Talk) -> None:
    for person in (spoken.guest, spoken.watcher):
        person.fails(FILE, "INSUFFICIENT_PERMISSIONS", meetingId=spoken.meeting_id, format="vtt")
    error = spoken.host.fails(FILE, "VALIDATION_ERROR", meetingId=spoken.meeting_id, format="pdf")
    assert error.metadata["field"] == "format"


def test_a_host_gets_ten_files_at_once(talk: Talk) -> None:
    for _ in range(10):
        assert vtt(file(talk, "vtt")["content"]) == []
    talk.host.fails(FILE, "RATE_LIMIT_EXCEEDED", meetingId=talk.meeting_id, format="vtt")
