"""Viewers read every word, a few at a time, and never two cues of one speaker at once."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.transcripts.cues import (
    LINE_CHARACTERS,
    LINES,
    MAX_CUE_MS,
    NAME_CHARACTERS,
    Cue,
    Line,
    cues_of,
)

TIMES = st.floats(0, 40_000_000, allow_nan=False)


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """Lines of up to three speakers, with any text and any overlap."""
    drawn = st.tuples(st.sampled_from("abc"), TIMES, st.floats(0.001, 300_000), st.text(max_size=300))
    return [
        Line(speaker_id=speaker, speaker=f"Speaker {speaker}", start_ms=start, end_ms=start + length, text=text)
        for speaker, start, length, text in draw(st.lists(drawn, max_size=12))
    ]


def words(texts: list[str]) -> str:
    return "".join("".join(texts).split())


@given(lines(), st.booleans())
def test_cues_are_short_and_of_one_speaker_at_a_time(given_lines: list[Line], named: bool) -> None:
    cues = cues_of(given_lines, named)
    for cue in cues:
        assert 0 < cue.end_ms - cue.start_ms <= MAX_CUE_MS
        assert 1 <= len(cue.lines) <= LINES
        assert all(0 < len(line) <= LINE_CHARACTERS and line == line.strip() for line in cue.lines)
    assert cues == sorted(cues, key=lambda cue: cue.start_ms)
    for speaker in "abc":
        own = [cue for cue in cues if cue.speaker_id == speaker]
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(own))


@given(lines())
def test_every_word_is_shown_once_and_in_order(given_lines: list[Line]) -> None:
    cues = cues_of(given_lines)
    for speaker in "abc":
        said = [one.text for one in sorted(given_lines, key=lambda one: one.start_ms) if one.speaker_id == speaker]
        shown = [line for cue in cues if cue.speaker_id == speaker for line in cue.lines]
        assert words(shown) == words(said)


def line(text: str, start: float = 0.0, end: float = 1_000.0, speaker: str = "Ada") -> Line:
    return Line(speaker_id=speaker, speaker=speaker, start_ms=start, end_ms=end, text=text)


def test_a_short_sentence_is_one_cue_with_its_own_times() -> None:
    (cue,) = cues_of([line("Hello there", 1_000, 2_500)])
    assert cue == Cue(speaker_id="Ada", speaker="Ada", start_ms=1_000, end_ms=2_500, lines=("Hello there",))


def test_slow_speech_is_cut_by_time() -> None:
    cues = cues_of([line(" ".join(f"word{number}" for number in range(12)), 0, 28_000)])
    assert len(cues) >= 4
    assert max(cue.end_ms for cue in cues) <= 28_000


@given(lines())
def test_every_named_cue_begins_with_its_speaker(given_lines: list[Line]) -> None:
    for cue in cues_of(given_lines, named=True):
        assert cue.lines[0].startswith(f"Speaker {cue.speaker_id}:")
    for speaker in "abc":
        label = f"Speaker {speaker}:"
        said = [one.text for one in sorted(given_lines, key=lambda one: one.start_ms) if one.speaker_id == speaker]
        shown = [
            " ".join(cue.lines).removeprefix(label)
            for cue in cues_of(given_lines, named=True)
            if cue.speaker_id == speaker
        ]
        assert words(shown) == words(said)


def test_a_long_name_is_shortened() -> None:
    name = "A very long name that fills a whole line of its own"
    (cue,) = cues_of([line("three", 2_000, 2_900, name)], named=True)
    label, _, text = " ".join(cue.lines).partition(": ")
    assert (len(label), text) == (NAME_CHARACTERS, "three")
