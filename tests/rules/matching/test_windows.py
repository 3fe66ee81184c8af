"""The time that people offer, what two have in common, and until when they answer."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.rules.matching.windows import DAY_MS, HOUR_MS, MINUTE_MS, Window, accepted, common, respond_by
from tests.support.matching import NOW

times = st.floats(NOW - DAY_MS, NOW + 9 * DAY_MS)


def test_up_to_a_minute_in_the_past_is_now() -> None:
    assert accepted(NOW - MINUTE_MS, NOW + HOUR_MS, NOW) == Window(NOW, NOW + HOUR_MS)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (-MINUTE_MS - 1, HOUR_MS, "availableFrom"),
        (math.nan, HOUR_MS, "availableFrom"),
        (-math.inf, HOUR_MS, "availableFrom"),
        (math.inf, HOUR_MS, "availableFrom"),
        (0.0, math.nan, "availableTo"),
        (0.0, MINUTE_MS, "availableTo"),
        (0.0, 15 * MINUTE_MS - 1, "availableTo"),
        (0.0, DAY_MS + 1, "availableTo"),
        (HOUR_MS, 0.0, "availableTo"),
        (7 * DAY_MS - HOUR_MS, 7 * DAY_MS + 1, "availableTo"),
        (365 * DAY_MS, 365 * DAY_MS + HOUR_MS, "availableTo"),
    ],
)
def test_a_window_outside_its_limits_is_refused(start: float, end: float, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        accepted(NOW + start, NOW + end, NOW)
    assert caught.value.metadata["field"] == field


@given(times, times)
def test_an_accepted_window_is_long_enough_and_near(start: float, end: float) -> None:
    try:
        window = accepted(start, end, NOW)
    except Invalid:
        return
    assert NOW <= window.start <= window.end - 14 * MINUTE_MS
    assert window.end - window.start <= DAY_MS
    assert window.end <= NOW + 7 * DAY_MS


@given(times, times, times, times)
def test_common_time_is_in_both_windows_and_not_over(a: float, b: float, c: float, d: float) -> None:
    found = common(Window(a, b), Window(c, d), NOW)
    assert found == common(Window(c, d), Window(a, b), NOW)
    if found is not None:
        assert max(a, c, NOW) == found.start
        assert found.end - found.start >= 15 * MINUTE_MS
        assert found.end <= min(b, d)


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        (0.0, 2 * MINUTE_MS),
        (10 * MINUTE_MS, 2 * MINUTE_MS),
        (11 * MINUTE_MS, 6 * MINUTE_MS),
        (2 * HOUR_MS, 2 * HOUR_MS - 5 * MINUTE_MS),
        (3 * DAY_MS, 12 * HOUR_MS),
    ],
)
def test_the_time_to_answer_is_short_only_where_the_meeting_is_near(start: float, answer: float) -> None:
    assert respond_by(NOW + start, NOW) == NOW + answer
