"""Under load interim words become rarer, then end, then streams pause."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.transcripts import pacing

LAGS = st.floats(0, 100)


@given(LAGS, LAGS)
def test_more_lag_never_means_more_work(one: float, other: float) -> None:
    less, more = sorted((one, other))
    rare = float("inf")
    assert (pacing.interim_pause(less) or rare) <= (pacing.interim_pause(more) or rare)
    assert pacing.must_pause(more) or not pacing.must_pause(less)


@given(LAGS)
def test_a_stream_that_may_go_on_would_not_be_paused_again(lag: float) -> None:
    assert not (pacing.may_resume(lag) and pacing.must_pause(lag))


def test_the_steps_are_those_of_the_design() -> None:
    assert [pacing.interim_pause(lag) for lag in (0.0, 0.99, 1.0, 1.99, 2.0)] == [0.6, 0.6, 1.2, 1.2, None]
    assert [pacing.must_pause(lag) for lag in (6.0, 6.1)] == [False, True]
