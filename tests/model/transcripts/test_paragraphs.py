"""Segments are whole in every order of arrival: each chunk is in one, none is in two, and no speaker is mixed."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connvo.model.transcripts.paragraphs import piece_of, run_of
from connvo.rules.transcripts import segments
from connvo.rules.transcripts.segments import MAX_CHARACTERS, MAX_GAP_MS, MAX_SEGMENT_MS
from tests.support.backend import Backend
from tests.support.speech import Talk

SPOKEN = st.tuples(st.booleans(), st.integers(0, 40), st.integers(1, 9), st.integers(1, 500))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """One database for all examples, each with a meeting of its own."""
    backend = Backend(tmp_path_factory.mktemp("paragraphs"))
    yield backend
    backend.close()


def speak(talk: Talk, spoken: list[tuple[bool, int, int, int]]) -> None:
    for number, (by_host, at, seconds, size) in enumerate(spoken):
        speaker = talk.host if by_host else talk.guest
        talk.say(speaker, f"{number}" + "x" * size, at=at, seconds=seconds)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(spoken=st.lists(SPOKEN, max_size=14))
def test_every_chunk_is_in_one_segment_in_every_order(
    shared: Backend, spoken: list[tuple[bool, int, int, int]]
) -> None:
    talk = Talk(shared)
    speak(talk, spoken)
    left = sorted(map(piece_of, talk.chunks()), key=lambda one: one.place)
    for run in map(run_of, talk.segments()):
        own = [one for one in left if one.place <= run.last_place]
        left = left[len(own) :]
        assert own, "a segment has a chunk of its own"
        assert {one.speaker for one in own} == {run.speaker}
        assert (run.first, run.last) == (own[0].sequence, own[-1].sequence)
        assert run.text == " ".join(one.text for one in own)
        assert run.end_ms == max(one.end_ms for one in own)
        if len(own) > 1:
            assert run.end_ms - run.start_ms <= MAX_SEGMENT_MS
            assert len(run.text) <= MAX_CHARACTERS
        ends = [max(one.end_ms for one in own[:number]) for number in range(1, len(own))]
        assert all(after.start_ms - end <= MAX_GAP_MS for end, after in zip(ends, own[1:], strict=True))
    assert left == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(spoken=st.lists(SPOKEN, max_size=14))
def test_in_the_order_of_speech_they_are_those_of_the_rule(
    shared: Backend, spoken: list[tuple[bool, int, int, int]]
) -> None:
    talk = Talk(shared)
    speak(talk, sorted(spoken, key=lambda one: one[1]))
    assert list(map(run_of, talk.segments())) == segments.group(map(piece_of, talk.chunks()))


def test_a_chunk_that_comes_late_splits_a_segment_of_another_speaker(each_talk: Talk) -> None:
    talk = each_talk
    for at in (0, 2, 4):
        talk.say(talk.host, f"host {at}", at=at)
    assert [one.text for one in talk.segments()] == ["host 0 host 2 host 4"]
    kept = talk.segments()[0].id
    talk.say(talk.guest, "between", at=3)
    assert [one.text for one in talk.segments()] == ["host 0 host 2", "between", "host 4"]
    assert talk.segments()[0].id == kept, "a segment that only lost its end is the same segment"


def test_a_chunk_that_comes_late_joins_two_segments(talk: Talk) -> None:
    talk.say(talk.host, "one", at=0)
    talk.say(talk.host, "three", at=8)
    assert len(talk.segments()) == 2
    talk.say(talk.host, "two", at=4)
    assert [one.text for one in talk.segments()] == ["one two three"]


def test_topics_of_the_meeting_are_found_in_it(talk: Talk) -> None:
    talk.host.call("meetings/stateTracking:updateCurrentTopics", meetingId=talk.meeting_id, topics=["Budget", "Q3"])
    talk.say(talk.guest, "About the budget", at=0)
    talk.say(talk.guest, "of Q3.", at=2)
    talk.say(talk.host, "Fine", at=4)
    assert [one.topics for one in talk.segments()] == [["Budget", "Q3"], []]
