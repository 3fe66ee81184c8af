"""The parts of a transcript: whole lines in order, each new once, within the room of a request."""

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.insights.chunking import OVERLAP, Chunk, chunked
from connvo.rules.insights.keyed import Line
from connvo.rules.insights.tokens import BYTES_PER_TOKEN

LINES = st.lists(st.tuples(st.sampled_from(["p1", "p2"]), st.text(max_size=300)), max_size=40).map(
    lambda found: tuple(Line(f"s{number}", speaker, text) for number, (speaker, text) in enumerate(found, 1))
)


def size(chunk: Chunk) -> int:
    """Returns the bytes of a chunk's lines."""
    return sum(len(msgspec.json.encode(line)) + 1 for line in chunk.lines)


@given(lines=LINES, room=st.integers(60, 2_000))
def test_every_line_is_new_in_one_chunk_and_no_chunk_exceeds_the_room(lines: tuple[Line, ...], room: int) -> None:
    chunks = chunked(lines, room)
    assert [line.key for chunk in chunks for line in chunk.lines[chunk.repeated :]] == [line.key for line in lines]
    for chunk in chunks:
        assert size(chunk) <= room * BYTES_PER_TOKEN
        assert 0 <= chunk.repeated <= OVERLAP
        places = [int(line.key[1:]) for line in chunk.lines]
        assert places == list(range(places[0], places[0] + len(places))), "without a gap"


@given(lines=LINES)
def test_lines_that_fit_are_one_chunk_as_they_are(lines: tuple[Line, ...]) -> None:
    assert chunked(lines, 10**6) == ([Chunk(lines)] if lines else [])


def test_a_chunk_begins_with_the_end_of_the_one_before() -> None:
    lines = tuple(Line(f"s{number}", "p1", "word " * 8) for number in range(1, 101))
    chunks = chunked(lines, 400)
    assert len(chunks) > 2
    for before, after in pairwise(chunks):
        assert after.lines[: after.repeated] == before.lines[-OVERLAP:]


def test_a_line_longer_than_the_room_is_cut_at_its_end() -> None:
    [chunk] = chunked((Line("s1", "p1", "東京" * 2_000),), 500)
    assert chunk.lines[0].text and "東京東京".startswith(chunk.lines[0].text[:4])
    assert size(chunk) <= 500 * BYTES_PER_TOKEN
