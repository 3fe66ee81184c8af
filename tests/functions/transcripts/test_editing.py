"""A transcript is corrected by those it concerns, nothing is lost, and one's own words can be taken back."""

from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.schema.audit import AuditLog
from connvo.schema.transcripts import Chunk
from connvo.store.schema import table_of
from tests.support.backend import Caller
from tests.support.speech import STATS, Talk

CORRECT, DELETE = "transcripts/editing:correct", "transcripts/editing:deleteMine"
LIST = "transcripts/queries:listChunks"


def page(talk: Talk, person: Caller, size: float = 50, cursor: str | None = None) -> dict[str, Any]:
    options = {"numItems": size, "cursor": cursor}
    shown: dict[str, Any] = person.call(LIST, meetingId=talk.meeting_id, paginationOpts=options)
    return shown


def test_a_correction_shows_everywhere_and_keeps_the_first_text(each_talk: Talk) -> None:
    talk = each_talk
    talk.say(talk.guest, "We meat", at=0)
    talk.say(talk.guest, "on Monday", at=2)
    talk.say(talk.host, "Fine", at=4)
    first = talk.chunks()[0]
    asked = {"chunkId": first.id, "text": " We all meet ", "revision": 0}
    assert talk.guest.call(CORRECT, **asked) == {"chunkId": first.id, "revision": 1}
    shown = page(talk, talk.watcher)["page"][-1]
    assert (shown["text"], shown["firstText"], shown["revision"]) == ("We all meet", "We meat", 1)
    assert (shown["correctedBy"], shown["wordCount"]) == (talk.guest.user_id, 3)
    assert [segment.text for segment in talk.segments()] == ["We all meet on Monday", "Fine"]
    assert talk.host.call(STATS, meetingId=talk.meeting_id)["totalWords"] == 6
    again = {"chunkId": first.id, "text": "We will meet", "revision": 1}
    assert talk.host.call(CORRECT, **again)["revision"] == 2
    assert talk.chunks()[0].first_text == "We meat"


def test_of_two_corrections_at_once_one_is_told(talk: Talk) -> None:
    talk.say(talk.guest, "We meat")
    (chunk,) = talk.chunks()
    talk.guest.call(CORRECT, chunkId=chunk.id, text="We meet", revision=0)
    error = talk.host.fails(CORRECT, "CONFLICT", chunkId=chunk.id, text="We met", revision=0)
    assert error.metadata["revision"] == 1
    assert talk.host.call(CORRECT, chunkId=chunk.id, text="We meet", revision=0)["revision"] == 1


def test_only_its_speaker_and_hosts_correct_a_chunk(talk: Talk) -> None:
    talk.say(talk.host, "Hello")
    (chunk,) = talk.chunks()
    asked = {"chunkId": chunk.id, "text": "Changed", "revision": 0}
    talk.backend.anonymous.fails(CORRECT, "UNAUTHORIZED", **asked)
    for person in (talk.guest, talk.watcher):
        person.fails(CORRECT, "INSUFFICIENT_PERMISSIONS", **asked)
    unknown = encode_id(table_of(Chunk).number, bytes(16))
    messages = {
        talk.outsider.fails(CORRECT, "NOT_FOUND", **{**asked, "chunkId": found}).message.replace(found, "")
        for found in (chunk.id, unknown)
    }
    assert len(messages) == 1, "an outsider does not learn which chunks exist"
    talk.host.fails(CORRECT, "VALIDATION_ERROR", **{**asked, "text": " "})
    talk.end()
    talk.host.call(CORRECT, **asked)


def test_a_correction_leaves_a_trail(talk: Talk) -> None:
    talk.say(talk.guest, "We meat")
    (chunk,) = talk.chunks()
    talk.host.call(CORRECT, chunkId=chunk.id, text="We meet", revision=0)
    trail = talk.backend.read(lambda db: db.scan(AuditLog, "by_creation", reverse=True, limit=1))
    assert (trail[0].action, trail[0].resource_id) == ("transcript.correct", chunk.id)
    assert "meet" not in str(trail[0].metadata)


def test_a_long_transcript_is_read_page_by_page_newest_first(talk: Talk) -> None:
    for number in range(7):
        talk.say(talk.guest, str(number), at=number)
    first = page(talk, talk.watcher, 3)
    second = page(talk, talk.watcher, 3, first["continueCursor"])
    third = page(talk, talk.watcher, 3, second["continueCursor"])
    found = [one["text"] for shown in (first, second, third) for one in shown["page"]]
    assert found == list("6543210")
    assert third["continueCursor"] is None


@pytest.mark.parametrize("count", [3, 260])
def test_a_speaker_takes_all_their_own_words_back(talk: Talk, count: int) -> None:
    for number in range(count):
        talk.say(talk.guest, f"mine {number}", at=number % 20)
        talk.say(talk.host, f"of the host {number}", at=number % 20)
        talk.backend.advance(1)
    talk.say(talk.guest, "unfin", at=30, isInterim=True)
    talk.end()
    talk.guest.call(DELETE, meetingId=talk.meeting_id)
    talk.backend.advance(1)
    assert {chunk.speaker_id for chunk in talk.chunks()} == {talk.host.user_id}
    assert "mine" not in str(talk.segments())
    assert sum(segment.text.count("host") for segment in talk.segments()) == count
    assert talk.captions() == []
    stats = talk.host.call(STATS, meetingId=talk.meeting_id)
    assert (stats["totalChunks"], stats["totalWords"], stats["speakers"]) == (count, 4 * count, [talk.host.user_id])
    assert stats["duration"] == (min(count, 20) - 1) * 1000 + 1000


def test_words_that_are_spoken_after_the_request_stay(talk: Talk) -> None:
    talk.say(talk.guest, "Before", at=0)
    talk.guest.call(DELETE, meetingId=talk.meeting_id)
    talk.say(talk.guest, "After", at=1)
    talk.backend.advance(1)
    assert ([chunk.text for chunk in talk.chunks()], [one.text for one in talk.segments()]) == (["After"], ["After"])
