"""Words that members deliver are stored once, in one order, and never as another member's."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

import pytest

from connvo.model.transcripts.delivery import BURST
from connvo.rules.transcripts.chunks import BUCKET_MS, TEXT_LENGTH
from connvo.runtime.call_request import CallRequest
from connvo.schema.activity import MeetingActivity
from connvo.schema.users import UserId
from tests.support.backend import Backend, Caller
from tests.support.scene import Scene
from tests.support.speech import CHUNKS, INGEST, SEGMENTS, STATS, Talk
from tests.support.store import ENGINES

BATCH = "realtime/batchedOperations:batchIngestTranscriptChunk"
CALLERS = 64


def read(talk: Talk, person: Caller, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.call(CHUNKS, meetingId=talk.meeting_id, **more)
    return found


def test_every_member_reads_the_words_in_order(each_talk: Talk) -> None:
    talk = each_talk
    first = talk.say(talk.host, "  Good morning ", at=0, language="EN")
    second = talk.say(talk.guest, "Hello Hanna", at=2)
    assert (first["sequence"], second["sequence"]) == (1, 2)
    assert first["success"] is True
    assert first["bucketMs"] == math.floor(talk.zero / BUCKET_MS) * BUCKET_MS
    for person in (talk.host, talk.guest, talk.watcher):
        assert [one["text"] for one in read(talk, person)] == ["Good morning", "Hello Hanna"]
    oldest = read(talk, talk.watcher)[0]
    assert {name: oldest[name] for name in ("speakerId", "confidence", "wordCount", "language")} == {
        "speakerId": talk.host.user_id,
        "confidence": 0.9,
        "wordCount": 2,
        "language": "en",
    }


def test_a_batch_is_written_before_it_is_answered(talk: Talk) -> None:
    words = talk.words("Now")
    times = {"startMs": words.pop("startTime"), "endMs": words.pop("endTime")}
    assert talk.guest.call(BATCH, **words, **times) == {"queued": True, "batchSize": 1}
    assert [chunk.text for chunk in talk.chunks()] == ["Now"]
    error = talk.guest.fails(BATCH, "VALIDATION_ERROR", **words, startMs=1.0, endMs=0.5)
    assert error.metadata["field"] == "endMs"


def test_the_same_words_again_get_the_stored_answer(talk: Talk) -> None:
    first = talk.say(talk.guest, "Hello")
    talk.say(talk.host, "Between", at=3)
    commits = talk.backend.commit_count()
    assert talk.say(talk.guest, " Hello ") == first
    assert talk.backend.commit_count() == commits
    assert talk.say(talk.host, "Hello")["sequence"] == 3, "another speaker said the same at the same time"


def test_a_retry_is_answered_when_the_meeting_has_ended_meanwhile(talk: Talk) -> None:
    first = talk.say(talk.guest, "Hello")
    talk.end()
    assert talk.say(talk.guest, "Hello")["sequence"] == first["sequence"]
    talk.guest.fails(INGEST, "MEETING_NOT_ACTIVE", **talk.words("Too late"))


def test_nobody_writes_words_of_others(talk: Talk) -> None:
    for speaker in (talk.host.user_id, "nobody", ""):
        talk.guest.fails(INGEST, "FORBIDDEN", **talk.words(speakerId=speaker))
    talk.say(talk.guest, "Mine", speakerId=talk.guest.user_id)
    talk.watcher.fails(INGEST, "INSUFFICIENT_PERMISSIONS", **talk.words())


def test_a_meeting_without_transcription_takes_no_words(backend: Backend) -> None:
    host = backend.sign_in("hanna")
    path = "meetings/lifecycle:createMeeting"
    meeting = host.call(path, title="Quiet", transcriptionEnabled=False)["meetingId"]
    host.call("meetings/lifecycle:startMeeting", meetingId=meeting)
    now = backend.now_ms
    words = {"meetingId": meeting, "text": "x", "confidence": 1.0, "startTime": now, "endTime": now + 1}
    for interim in (False, True):
        error = host.fails(INGEST, "FORBIDDEN", **words, isInterim=interim)
        assert error.metadata["reason"] == "transcription_disabled"


def test_words_before_the_start_of_a_meeting_are_refused(scene: Scene) -> None:
    now = scene.backend.now_ms
    words = {"text": "x", "confidence": 1.0, "startTime": now, "endTime": now + 1}
    scene.host.fails(INGEST, "MEETING_NOT_ACTIVE", meetingId=scene.meeting_id, **words)


HOUR = 3600.0


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("text", {"text": ""}),
        ("text", {"text": " \n\t"}),
        ("text", {"text": "\x00\u200b"}),
        ("text", {"text": "x" * (TEXT_LENGTH + 1)}),
        ("confidence", {"confidence": 1.01}),
        ("confidence", {"confidence": -1}),
        ("confidence", {"confidence": math.nan}),
        ("startTime", {"startTime": math.nan}),
        ("startTime", {"startTime": -math.inf}),
        ("endTime", {"endTime": math.inf}),
        ("endTime", {"seconds": 0.0}),
        ("endTime", {"seconds": -1.0}),
        ("endTime", {"seconds": 300.001}),
        ("startTime", {"at": -HOUR}),
        ("endTime", {"at": HOUR}),
        ("startTime", {"startTime": 0.0, "endTime": 1000.0}),
        ("language", {"language": "no language at all"}),
        ("language", {"language": "\x00"}),
    ],
)
def test_impossible_times_are_refused_by_name(talk: Talk, field: str, wrong: dict[str, Any]) -> None:
    places = {name: wrong.pop(name) for name in ("at", "seconds", "text") if name in wrong}
    for interim in (False, True):
        words = {**talk.words(**places), **wrong, "isInterim": interim}
        error = talk.guest.fails(INGEST, "VALIDATION_ERROR", **words)
        assert error.metadata["field"] == field
    assert talk.chunks() == []


def test_a_clock_an_hour_wrong_is_told_the_servers_time(talk: Talk) -> None:
    for at in (-HOUR, HOUR):
        error = talk.guest.fails(INGEST, "VALIDATION_ERROR", **talk.words(at=at))
        assert error.metadata["serverTime"] == pytest.approx(talk.backend.now_ms, abs=SECOND_MS)
    talk.say(talk.guest, at=-59)


SECOND_MS = 1000.0


@pytest.mark.parametrize("text", ["<b>bold</b> & <script>x</script>", "שלום עולם", "\u202eevil", "ä" * TEXT_LENGTH])
def test_markup_and_other_scripts_stay_text(talk: Talk, text: str) -> None:
    talk.say(talk.guest, text)
    assert [chunk.text for chunk in talk.chunks()] == [text.replace("\u202e", "")]


def test_chunks_that_overlap_or_come_late_keep_the_order_of_their_arrival(talk: Talk) -> None:
    for at, text in ((10, "third"), (0, "first"), (5, "second"), (5.5, "overlap")):
        talk.say(talk.guest, text, at=at)
    assert [chunk.text for chunk in talk.chunks()] == ["third", "first", "second", "overlap"]
    shown = talk.host.call(SEGMENTS, meetingId=talk.meeting_id)
    assert [one["text"] for one in shown] == ["first second overlap third"]


def test_nobody_delivers_faster_than_people_speak(talk: Talk) -> None:
    for number in range(int(BURST)):
        left = talk.say(talk.guest, f"word {number}")["rateLimitRemaining"]
        assert left == BURST - number - 1
    error = talk.guest.fails(INGEST, "RATE_LIMIT_EXCEEDED", **talk.words("Too fast"))
    talk.guest.fails(INGEST, "RATE_LIMIT_EXCEEDED", **talk.words("Too fast", isInterim=True))
    assert talk.say(talk.guest, "word 3")["rateLimitRemaining"] == 0, "words that are known cost nothing"
    talk.say(talk.host, "Others are not held up")
    talk.backend.advance(error.metadata["retryAfterSeconds"])
    talk.say(talk.guest, "Now")


def test_chunks_are_read_from_a_sequence_and_by_five_minutes(talk: Talk) -> None:
    talk.backend.advance(600)
    for number in range(7):
        talk.say(talk.guest, str(number), at=number * 60)
    assert [one["text"] for one in read(talk, talk.host, fromSequence=2, limit=3)] == ["2", "3", "4"]
    assert read(talk, talk.host, fromSequence=7) == []
    assert len(read(talk, talk.host, limit=0)) == 1
    assert len(read(talk, talk.host, limit=1e9, fromSequence=-5)) == 7
    buckets = sorted({chunk.bucket_ms for chunk in talk.chunks()})
    found = [one["text"] for bucket in buckets for one in read(talk, talk.host, bucketMs=bucket)]
    assert found == [str(number) for number in range(7)]
    assert read(talk, talk.host, bucketMs=0) == []
    for field in ("fromSequence", "limit", "bucketMs"):
        error = talk.host.fails(CHUNKS, "VALIDATION_ERROR", meetingId=talk.meeting_id, **{field: math.nan})
        assert error.metadata["field"] == field


def test_interim_words_are_no_chunks(talk: Talk) -> None:
    answer = talk.say(talk.guest, "Hel", isInterim=True)
    assert answer["sequence"] == 0
    assert (read(talk, talk.host), talk.chunks(), talk.segments()) == ([], [], [])
    assert talk.host.call(STATS, meetingId=talk.meeting_id)["totalChunks"] == 0


def test_statistics_are_counters(talk: Talk) -> None:
    empty = talk.watcher.call(STATS, meetingId=talk.meeting_id)
    assert empty == {
        "totalChunks": 0,
        "totalWords": 0,
        "averageConfidence": 0,
        "duration": 0,
        "speakers": [],
        "languages": [],
        "bucketCount": 0,
    }
    talk.say(talk.guest, "one two", at=0, language="en", confidence=1.0)
    talk.say(talk.host, "three", at=4, seconds=2, confidence=0.5)
    talk.say(talk.guest, "vier", at=2, language="de", confidence=0.0)
    stats = talk.watcher.call(STATS, meetingId=talk.meeting_id)
    assert stats == {
        "totalChunks": 3,
        "totalWords": 4,
        "averageConfidence": 0.5,
        "duration": 6000,
        "speakers": [talk.guest.user_id, talk.host.user_id],
        "languages": ["en", "de"],
        "bucketCount": 1,
    }


def test_all_see_the_speakers_and_their_durations(talk: Talk) -> None:
    path = "transcripts/queries:listSpeakers"
    assert talk.watcher.call(path, meetingId=talk.meeting_id) == []
    talk.say(talk.host, "One", at=0, seconds=1)
    talk.say(talk.guest, "Two", at=2, seconds=3)
    talk.say(talk.host, "Three", at=6, seconds=1)
    shown = talk.watcher.call(path, meetingId=talk.meeting_id)
    found = [(one["user"]["displayName"], one["speakingMs"], one["chunks"]) for one in shown]
    assert found == [("Gustav", 3000, 1), ("Hanna", 2000, 2)]


def test_speaking_counts_as_activity(talk: Talk) -> None:
    talk.say(talk.guest, "Hello", seconds=2.5)
    row = talk.backend.read(lambda db: db.first(MeetingActivity, "by_meeting", talk.meeting_id))
    assert row is not None
    assert row.speaking_ms[UserId(talk.guest.user_id)] == 2500
    assert row.last_activity["speaking"] == row.last_activity_at


@pytest.mark.parametrize("engine", ENGINES)
def test_sequences_have_no_gap_when_members_speak_at_once_on_two_nodes(
    engine: str, make_backend: Callable[..., Backend]
) -> None:
    talk = Talk(make_backend(ENGINES[engine]))
    speakers = [talk.host, talk.guest]
    nodes = [talk.backend.runtime, talk.backend.add_node()]

    async def deliver(number: int) -> Any:
        words = talk.words(f"word {number}", at=number / CALLERS)
        node, speaker = nodes[number % 2], speakers[number // 2 % 2]
        return await node.run(CallRequest(INGEST, words, speaker.identity, None, "test"))

    async def together() -> list[Any]:
        return await asyncio.gather(*map(deliver, range(CALLERS)))

    outcomes = talk.backend.run(together())
    assert [one.error for one in outcomes if one.error is not None] == []
    assert sorted(one.value["sequence"] for one in outcomes) == list(range(1, CALLERS + 1))
    assert [chunk.sequence for chunk in talk.chunks()] == list(range(1, CALLERS + 1))
    assert talk.totals().chunks == CALLERS
    assert sum(segment.last_sequence > 0 for segment in talk.segments()) == len(talk.segments())


def test_transcripts_of_two_meetings_do_not_mix(backend: Backend) -> None:
    one, other = Talk(backend), Talk(backend)
    one.say(one.host, "Here")
    assert other.stream(other.host)["transcripts"] == []
    assert other.say(other.host, "There")["sequence"] == 1
