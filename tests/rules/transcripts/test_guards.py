"""Words that a recogniser made up are dropped; what people say is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.transcripts.guards import Doubt, Heard, doubt, is_loop


def heard(text: str, speech_ms: float = 3_000, **more: float) -> Heard:
    return Heard(text=text, speech_ms=speech_ms, **more)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (heard("Thank you.", 200), "too_short"),
        (heard("♪ ... 42", 3_000), "no_letters"),
        (heard("", 3_000), "no_letters"),
        (heard(" ".join(f"word{n}" for n in range(40)), 3_000), "too_fast"),
        (heard("Thank you so, thank you so; Thank you so!", 9_000), "repeated"),
        (heard("you " * 6, 9_000), "repeated"),
        (heard("Subscribe now", 3_000, no_speech=0.9, log_probability=-1.5), "silence"),
    ],
)
def test_invented_speech_is_dropped(answer: Heard, reason: Doubt) -> None:
    assert doubt(answer) == reason


@pytest.mark.parametrize(
    "answer",
    [
        heard("Yes.", 300),
        heard("No, no, no.", 900),
        heard("It was very, very, very good", 2_500),
        heard("Good morning, everyone", 1_200, no_speech=0.9, log_probability=-0.4),
        heard("Good morning, everyone", 1_200, no_speech=0.3, log_probability=-2.0),
        heard("今日はいい天気ですね", 2_500),
        heard("one two one two three", 3_000),
    ],
)
def test_real_speech_is_kept(answer: Heard) -> None:
    assert doubt(answer) is None


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=20), st.integers(3, 6))
def test_every_group_said_three_times_is_a_loop(group: list[str], times: int) -> None:
    assert is_loop(" ".join(group * times)) or len(set(group)) == 1


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_a_loop_is_found_where_there_is_one_and_nowhere_else(words: list[str]) -> None:
    def repeats(size: int, times: int) -> bool:
        spans = range(len(words) - size * times + 1)
        return any(words[at : at + size] * times == words[at : at + size * times] for at in spans)

    expected = repeats(1, 6) or any(repeats(size, 3) for size in range(2, 21))
    assert is_loop(" ".join(words)) == expected
