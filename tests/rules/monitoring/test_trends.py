"""A trend is a change that the points as a whole show, not the difference of two."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.monitoring.trends import Point, trend


def points(values: list[float]) -> list[Point]:
    return [Point(float(at), value, 1.0) for at, value in enumerate(values)]


def test_a_steady_change_is_a_trend_in_its_direction() -> None:
    assert trend(points([10, 12, 14, 16, 18, 20])) == "rising"
    assert trend(points([20, 18, 16, 14, 12, 10])) == "falling"


def test_five_points_are_too_few() -> None:
    assert trend(points([10, 20, 30, 40, 50])) == "stable"


def test_noise_is_no_trend() -> None:
    assert trend(points([10, 30, 8, 33, 9, 31, 10, 30])) == "stable"


def test_less_than_ten_percent_is_no_trend() -> None:
    assert trend(points([100, 101, 102, 103, 104, 105])) == "stable"


def test_a_point_of_few_events_weighs_little() -> None:
    steady = [Point(float(at), 10.0, 1000.0) for at in range(6)]
    assert trend([*steady, Point(6.0, 500.0, 0.001)]) == "stable"


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)), max_size=30))
def test_no_series_fails(values: list[tuple[float, float]]) -> None:
    series = [Point(float(at), value, weight) for at, (value, weight) in enumerate(values)]
    assert trend(series) in ("rising", "stable", "falling")


@given(st.lists(st.floats(1, 1e6), min_size=6, max_size=30))
def test_a_series_turned_round_has_the_opposite_trend(values: list[float]) -> None:
    ways = {trend(points(values)), trend(points(values[::-1]))}
    # At the very edge of the thresholds rounding may decide, and only between a trend and none.
    assert ways in ({"rising", "falling"}, {"stable"}, {"rising", "stable"}, {"falling", "stable"})
