"""Lengths of time in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.durations import in_words

DAY, HOUR, MINUTE = 86_400, 3_600, 60


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 seconds"),
        (0, "0 seconds"),
        (0.4, "0 seconds"),
        (1, "1 second"),
        (59.4, "59 seconds"),
        (59.6, "1 minute"),
        (60, "1 minute"),
        (90, "1 minute 30 seconds"),
        (HOUR - 0.4, "1 hour"),
        (HOUR, "1 hour"),
        (5_400, "1 hour 30 minutes"),
        (HOUR + 29, "1 hour"),
        (HOUR + 31, "1 hour 1 minute"),
        (4 * HOUR, "4 hours"),
        (DAY - 20, "1 day"),
        (DAY, "1 day"),
        (DAY + 5 * HOUR, "1 day 5 hours"),
        (365 * DAY, "365 days"),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@given(st.floats(min_value=0, max_value=400 * DAY))
def test_the_words_are_never_further_off_than_half_of_their_smaller_unit(seconds: float) -> None:
    sizes = {"day": DAY, "hour": HOUR, "minute": MINUTE, "second": 1}
    words = in_words(seconds).split()
    units = [unit.removesuffix("s") for unit in words[1::2]]
    said = sum(int(count) * sizes[unit] for count, unit in zip(words[::2], units, strict=True))
    smaller = {"day": HOUR, "hour": MINUTE, "minute": 1, "second": 1}[units[0]]
    assert abs(said - seconds) <= smaller / 2 + 0.5
