"""Audio is cut at pauses: nothing of speech is lost, nothing is heard twice, and no utterance is endless."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.transcripts import utterances
from connvo.rules.transcripts.utterances import (
    AFTER_WINDOWS,
    BEFORE_WINDOWS,
    BEGIN_ABOVE,
    BEGIN_WINDOWS,
    END_WINDOWS,
    MAX_WINDOWS,
    Cutting,
    Silence,
    Speaking,
    Utterance,
)

LOUD, FAINT = 0.9, 0.05
# Windows come in runs, as speech and pauses do.
RUNS = st.lists(st.tuples(st.sampled_from([0.0, FAINT, 0.34, 0.36, 0.49, 0.5, LOUD]), st.integers(1, 60)), max_size=30)


def windows(runs: list[tuple[float, int]]) -> list[float]:
    return [one for probability, count in runs for one in [probability] * count]


def cut(probabilities: list[float]) -> list[Utterance]:
    state: Cutting = Silence()
    found: list[Utterance] = []
    for at, probability in enumerate(probabilities):
        earlier = tuple(probabilities[max(0, at - BEFORE_WINDOWS - BEGIN_WINDOWS) : at])
        before = utterances.settled(state)
        state, ended = utterances.heard(state, probability, earlier)
        assert state.position == at + 1
        assert before <= utterances.settled(state) <= state.position
        assert ended is None or ended.start >= before, "what was settled begins no utterance"
        found += [ended] if ended is not None else []
    _, last = utterances.finished(state)
    return [*found, last] if last is not None else found


def test_a_sentence_has_its_edges() -> None:
    (found,) = cut(windows([(FAINT, 40), (LOUD, 30), (FAINT, 40)]))
    assert found == Utterance(40 - BEFORE_WINDOWS, 70 + AFTER_WINDOWS, 30)


def test_a_short_pause_ends_no_sentence_and_a_long_one_does() -> None:
    assert len(cut(windows([(LOUD, 20), (FAINT, END_WINDOWS - 1), (LOUD, 20), (FAINT, 40)]))) == 1
    assert len(cut(windows([(LOUD, 20), (FAINT, END_WINDOWS), (LOUD, 20), (FAINT, 40)]))) == 2


def test_one_loud_window_is_no_speech() -> None:
    assert cut(windows([(FAINT, 20), (LOUD, 1), (FAINT, 20), (LOUD, 1), (FAINT, 40)])) == []


def test_a_long_sentence_is_cut_where_it_is_quiet() -> None:
    runs = [(LOUD, MAX_WINDOWS - 60), (0.4, 1), (LOUD, 200), (FAINT, 40)]
    first, second = cut(windows(runs))
    assert (first.start, first.end, second.start) == (0, MAX_WINDOWS - 60, MAX_WINDOWS - 60)


@given(RUNS)
def test_utterances_are_in_order_and_bounded(runs: list[tuple[float, int]]) -> None:
    found = cut(windows(runs))
    for one in found:
        assert one.start < one.end
        assert one.end - one.start <= MAX_WINDOWS
        assert 0 <= one.spoken <= one.end - one.start
    for one, other in pairwise(found):
        assert one.end <= other.start


@given(RUNS)
def test_all_speech_is_in_an_utterance(runs: list[tuple[float, int]]) -> None:
    probabilities = windows(runs)
    found = cut(probabilities)
    for at in range(len(probabilities) - BEGIN_WINDOWS + 1):
        if min(probabilities[at : at + BEGIN_WINDOWS]) >= BEGIN_ABOVE:
            assert any(one.start <= at < one.end for one in found)


@given(RUNS)
def test_nothing_is_found_in_silence(runs: list[tuple[float, int]]) -> None:
    assert cut([min(one, 0.49) for one in windows(runs)]) == []


@given(RUNS)
def test_interim_words_grow_to_the_final_ones(runs: list[tuple[float, int]]) -> None:
    state: Cutting = Silence()
    for probability in windows(runs):
        before = state
        state, ended = utterances.heard(state, probability)
        if ended is not None:
            assert isinstance(before, Speaking)
            assert utterances.so_far(before).start == ended.start
