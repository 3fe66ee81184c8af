"""Who may be paired at all, and how waiting counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.matching.scoring import Weights
from connvo.rules.matching.seekers import Seeker
from connvo.rules.matching.waiting import bar, edge, may_meet
from connvo.rules.matching.windows import HOUR_MS, MINUTE_MS, Window
from tests.support.matching import NOW, named, seekers, waiting

ANY = Seeker(wishes=named("a"), roles=named("mentor"))


@pytest.mark.parametrize(
    ("first", "second", "may"),
    [
        ({}, {}, True),
        ({"excluded": frozenset({"user 0002"})}, {}, False),
        ({}, {"excluded": frozenset({"user 0001"})}, False),
        ({"window": Window(NOW + HOUR_MS, NOW + 2 * HOUR_MS)}, {"window": Window(NOW, NOW + HOUR_MS)}, False),
        ({"window": Window(NOW, NOW + 14 * MINUTE_MS)}, {}, False),
    ],
)
def test_two_people_may_meet_in_common_time_if_neither_is_excluded(
    first: dict[str, Any], second: dict[str, Any], may: bool
) -> None:
    one, other = waiting(1, ANY, **first), waiting(2, ANY, **second)
    assert may_meet(one, other, NOW) is may_meet(other, one, NOW) is may


def test_nobody_meets_themselves() -> None:
    assert not may_meet(waiting(1, ANY), waiting(1, ANY), NOW)


@pytest.mark.parametrize(
    ("first", "second", "may"),
    [(("german",), ("german", "english"), True), (("german",), ("english",), False), ((), ("english",), True)],
)
def test_people_that_name_languages_need_a_common_one(
    first: tuple[str, ...], second: tuple[str, ...], may: bool
) -> None:
    one, other = (Seeker(wishes=named("a"), languages=spoken) for spoken in (first, second))
    assert may_meet(waiting(1, one), waiting(2, other), NOW) is may


@given(st.floats(0.3, 1), st.floats(0, 2 * HOUR_MS))
def test_the_bar_falls_to_two_fifths_within_ten_minutes_and_never_rises(least: float, ago: float) -> None:
    one = waiting(1, ANY, waited_since=NOW - ago)
    assert min(least, 0.4) - 1e-9 <= bar(one, least, NOW) <= least
    assert bar(one, least, NOW) <= bar(waiting(1, ANY, waited_since=NOW - ago / 2), least, NOW) + 1e-9
    if ago >= 10 * MINUTE_MS:
        assert bar(one, least, NOW) == pytest.approx(min(least, 0.4))


@given(seekers(), seekers())
def test_the_stricter_bar_holds_and_waiting_adds_weight(first: Seeker, second: Seeker) -> None:
    fresh = [waiting(1, first), waiting(2, second)]
    one_waited = [waiting(1, first, waited_since=NOW - HOUR_MS), waiting(2, second)]
    both_waited = [waiting(number, one, waited_since=NOW - HOUR_MS) for number, one in ((1, first), (2, second))]
    found = [edge(0, 1, pool, Weights(), 0.6, NOW) for pool in (fresh, one_waited, both_waited)]
    if found[0] is not None:
        assert found[1] is not None
        assert found[0].score >= 0.6
        assert found[1].weight == pytest.approx(found[0].weight + 0.1)
    else:
        assert found[1] is None
    if found[2] is not None:
        assert found[2].score >= 0.4
        assert found[2].weight == pytest.approx(found[2].score + 0.2)
