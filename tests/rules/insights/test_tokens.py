"""Tokens are reserved generously, settled honestly, and never without bounds."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.insights import tokens

COUNTS = st.none() | st.integers(-10, 10**12)


def test_bytes_are_estimated_above_all_that_was_measured() -> None:
    text = "x" * 2_600
    assert tokens.estimate(text) > 1_000, "2.6 bytes per token was the least"


SPOKEN = "so I think that we should really look at the numbers again before we decide about the new office "


def test_a_cut_input_is_noticed() -> None:
    data = SPOKEN * 300
    assert tokens.is_cut(data, 4_096)
    assert not tokens.is_cut(data, len(data) // 5), "spoken English has five bytes per token"


def test_a_server_that_counts_nothing_has_cut_nothing() -> None:
    assert not tokens.is_cut("word " * 1_000, None)
    assert not tokens.is_cut("word " * 1_000, 0)


def test_other_scripts_are_not_taken_for_cut() -> None:
    russian = "Мы договорились выпустить новую версию в пятницу утром. " * 100
    assert not tokens.is_cut(russian, 100 * 11)
    chinese = "我们决定星期五发布新版本" * 100
    assert not tokens.is_cut(chinese, len(chinese) // 2)
    assert tokens.is_cut(chinese, len(chinese) // 4)


@given(reserved=st.integers(0, 10**7), tokens_in=COUNTS, tokens_out=COUNTS)
def test_a_charge_has_bounds_for_any_count_of_a_server(
    reserved: int, tokens_in: int | None, tokens_out: int | None
) -> None:
    assert 0 <= tokens.billed(reserved, tokens_in, tokens_out) <= 2 * reserved


def test_an_honest_count_is_charged_and_a_missing_one_is_the_reservation() -> None:
    assert tokens.billed(1_000, 500, 100) == 600
    assert tokens.billed(1_000, None, None) == 1_000
