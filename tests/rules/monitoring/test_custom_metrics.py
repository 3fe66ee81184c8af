"""Metrics of callers have names, tags, values and times within bounds."""

import math

import pytest

from connvo.kernel.errors import Invalid
from connvo.rules.monitoring.custom_metrics import (
    DAY_MS,
    checked_name,
    checked_tags,
    checked_time,
    checked_value,
    day_of,
)


@pytest.mark.parametrize("name", ["a", "room.join_ms", "x" * 64])
def test_a_good_name_is_taken(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "A", "1a", "a b", "a-b", "x" * 65, "é", "a\n", "_a"])
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        checked_name(name)


@pytest.mark.parametrize(
    "tags", [{"": "x"}, {"x": ""}, {"x" * 65: "x"}, {"x": "x" * 65}, {str(n): "x" for n in range(9)}]
)
def test_tags_beyond_the_bounds_are_refused(tags: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        checked_tags(tags)


def test_tags_hold_no_hidden_characters() -> None:
    assert checked_tags({"a\u202e": "line\nend"}) == {"a": "line end"}


def test_tags_have_one_order() -> None:
    assert list(checked_tags({"b": "1", "a": "2"})) == ["a", "b"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.7e308, -1.1e18])
def test_a_value_is_finite_and_so_is_any_sum(value: float) -> None:
    assert checked_value(-1.5) == -1.5
    with pytest.raises(Invalid):
        checked_value(value)


def test_a_time_is_at_most_an_hour_ago_and_a_minute_ahead() -> None:
    now = 10 * DAY_MS
    assert checked_time(None, now) == now
    assert [checked_time(at, now) for at in (now - 3_600_000, now + 60_000)] == [now - 3_600_000, now + 60_000]
    for at in (now - 3_600_001, now + 60_001, math.nan, -1.0):
        with pytest.raises(Invalid):
            checked_time(at, now)
    assert day_of(now + 5) == now
