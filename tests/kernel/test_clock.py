"""Commit timestamps follow the wall clock, but never stand still and never go back."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.clock import NS_PER_MS, next_timestamp, now_ms, now_ns

nanoseconds = st.integers(min_value=0, max_value=2**62)


@given(nanoseconds, st.lists(nanoseconds, max_size=20))
def test_timestamps_only_grow_with_any_wall_clock(first: int, wall: list[int]) -> None:
    last = first
    for reading in wall:
        ts = next_timestamp(last, reading)
        assert ts > last
        assert ts >= reading
        last = ts


def test_a_timestamp_is_the_wall_time_when_that_is_later() -> None:
    assert next_timestamp(5, 9) == 9


def test_wall_time_is_read_in_nanoseconds_and_in_milliseconds() -> None:
    before, between, after = now_ns(), now_ms() * NS_PER_MS, now_ns()
    assert before - NS_PER_MS <= between <= after + NS_PER_MS
