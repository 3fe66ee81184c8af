"""A transcript is read from any place: by sequence, by time, and in ranges that stay where they are."""

from typing import Any

import pytest

from tests.support.backend import Caller
from tests.support.speech import SECOND, Talk

AFTER = "transcripts/queries:listChunksAfter"
AT = "transcripts/queries:getSequenceAt"
EXTENT = "transcripts/queries:getExtent"


def after(talk: Talk, person: Caller, sequence: float, **more: Any) -> list[tuple[float, str]]:
    found = person.call(AFTER, meetingId=talk.meeting_id, sequence=sequence, **more)
    return [(one["sequence"], one["text"]) for one in found]


def at(talk: Talk, seconds: float) -> Any:
    return talk.watcher.call(AT, meetingId=talk.meeting_id, atMs=talk.zero + seconds * SECOND)


@pytest.fixture
def spoken(each_talk: Talk) -> Talk:
    """A talk with five chunks, of which the third is the guest's."""
    for number in range(1, 6):
        each_talk.say(each_talk.guest if number == 3 else each_talk.host, f"word {number}", at=2 * number)
    return each_talk


def test_chunks_are_listed_in_order_from_any_place(spoken: Talk) -> None:
    assert after(spoken, spoken.watcher, 0, limit=2) == [(1, "word 1"), (2, "word 2")]
    assert after(spoken, spoken.watcher, 3) == [(4, "word 4"), (5, "word 5")]
    assert after(spoken, spoken.watcher, 5) == []
    assert len(after(spoken, spoken.host, -1, limit=10_000)) == 5


def test_a_range_stays_where_it_is_when_words_are_deleted(spoken: Talk) -> None:
    spoken.guest.call("transcripts/editing:deleteMine", meetingId=spoken.meeting_id)
    assert [sequence for sequence, _ in after(spoken, spoken.watcher, 0)] == [1, 2, 4, 5]


def test_a_time_leads_to_the_words_that_begin_next(spoken: Talk) -> None:
    assert [at(spoken, seconds) for seconds in (0, 4, 4.5, 10)] == [1, 2, 3, 5]
    assert at(spoken, 11) is None


def test_the_extent_tells_how_long_a_transcript_is(each_talk: Talk) -> None:
    assert each_talk.host.call(EXTENT, meetingId=each_talk.meeting_id) is None
    each_talk.say(each_talk.host, "Good morning", at=1, seconds=2)
    each_talk.say(each_talk.guest, "Hello", at=4)
    found = each_talk.watcher.call(EXTENT, meetingId=each_talk.meeting_id)
    assert (found["lastSequence"], found["chunks"], found["words"]) == (2, 2, 3)
    assert (found["firstMs"], found["lastMs"]) == (each_talk.zero + SECOND, each_talk.zero + 5 * SECOND)
    assert found["zeroMs"] <= found["firstMs"]


@pytest.mark.parametrize(("path", "field"), [(AFTER, "sequence"), (AT, "atMs")])
def test_a_value_that_is_no_number_is_refused_by_name(talk: Talk, path: str, field: str) -> None:
    for bad in (float("nan"), float("inf"), "1"):
        error = talk.host.fails(path, "VALIDATION_ERROR", meetingId=talk.meeting_id, **{field: bad})
        assert error.metadata["field"] == field
