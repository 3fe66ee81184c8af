"""Chunks of one speaker become paragraphs, whatever the order in which they arrive."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.transcripts import segments
from connvo.rules.transcripts.segments import MAX_CHARACTERS, MAX_GAP_MS, MAX_SEGMENT_MS, Piece, Run


def piece(sequence: int, speaker: str, start: float, end: float, text: str = "word") -> Piece:
    return Piece(sequence=sequence, speaker=speaker, start_ms=start, end_ms=end, text=text)


@st.composite
def pieces(draw: st.DrawFn) -> list[Piece]:
    """Chunks of up to three speakers, in the order in which they arrived."""
    drawn = st.tuples(st.sampled_from("abc"), st.integers(0, 90_000), st.integers(1, 20_000), st.integers(1, 700))
    found = draw(st.lists(drawn, max_size=30))
    return [
        piece(number, speaker, float(start), float(start + length), "x" * size)
        for number, (speaker, start, length, size) in enumerate(found, 1)
    ]


def in_order(found: list[Piece]) -> list[Piece]:
    return sorted(found, key=lambda one: one.place)


@given(pieces())
def test_segments_are_runs_of_one_speaker_within_the_limits(found: list[Piece]) -> None:
    runs = segments.group(found)
    left = in_order(found)
    for run in runs:
        own = [one for one in left if one.place <= run.last_place]
        left = left[len(own) :]
        assert {one.speaker for one in own} == {run.speaker}
        assert (own[0].sequence, own[-1].sequence) == (run.first, run.last)
        assert run.text == " ".join(one.text for one in own)
        assert (run.start_ms, run.end_ms) == (own[0].start_ms, max(one.end_ms for one in own))
        if len(own) > 1:
            assert run.end_ms - run.start_ms <= MAX_SEGMENT_MS
            assert len(run.text) <= MAX_CHARACTERS
        ends = [max(one.end_ms for one in own[:number]) for number in range(1, len(own))]
        assert all(after.start_ms - end <= MAX_GAP_MS for end, after in zip(ends, own[1:], strict=True))
    assert left == []


@given(pieces())
def test_two_neighbours_stay_apart_only_for_a_reason(found: list[Piece]) -> None:
    runs = segments.group(found)
    by_sequence = {one.sequence: one for one in found}
    for before, after in pairwise(runs):
        assert segments.join(before, by_sequence[after.first]) is None


@given(st.permutations([piece(n, "ab"[n % 2], n * 1_000.0, n * 1_000.0 + 900) for n in range(1, 7)]))
def test_the_order_of_arrival_does_not_matter(found: list[Piece]) -> None:
    assert [run.first for run in segments.group(found)] == [1, 2, 3, 4, 5, 6]


def test_a_pause_of_five_seconds_is_bridged_and_a_longer_one_is_not() -> None:
    first = segments.begin(piece(1, "a", 0, 1_000))
    assert isinstance(segments.join(first, piece(2, "a", 6_000, 7_000)), Run)
    assert segments.join(first, piece(2, "a", 6_001, 7_000)) is None
    assert segments.join(first, piece(2, "b", 1_000, 2_000)) is None


def test_topics_are_found_as_words() -> None:
    topics = ["Budget", "café", "Q3 plan", "art", "予算"]
    assert segments.topics_in("The BUDGET for the Cafe: start", topics) == ["Budget", "café"]
    assert segments.topics_in("our Q3 plan, and art", topics) == ["Q3 plan", "art"]
    assert segments.topics_in("来年の予算です", topics) == ["予算"]
    assert segments.topics_in("nothing", topics) == []
