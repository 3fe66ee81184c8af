"""Durations are counted within 2 %, and the counts of several nodes add up to those of one."""

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.monitoring import histogram
from connvo.rules.monitoring.histogram import LARGEST_MS, SMALLEST_MS, Buckets

DURATIONS = st.floats(min_value=SMALLEST_MS, max_value=LARGEST_MS)
SHARES = st.sampled_from([0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0])


def counted(durations: Sequence[float]) -> Buckets:
    buckets: Buckets = {}
    for ms in durations:
        histogram.add(buckets, {histogram.bucket_of(ms): 1})
    return buckets


def true_quantile(durations: Sequence[float], share: float) -> float:
    return sorted(durations)[max(1, math.ceil(share * len(durations))) - 1]


@given(st.lists(DURATIONS, min_size=1), SHARES)
def test_a_quantile_is_within_two_percent(durations: list[float], share: float) -> None:
    true = true_quantile(durations, share)
    assert abs(histogram.quantile(counted(durations), share) - true) <= 0.02 * true


@given(st.lists(st.lists(DURATIONS), min_size=1, max_size=3), SHARES)
def test_the_counts_of_unequal_nodes_add_up(nodes: list[list[float]], share: float) -> None:
    merged: Buckets = {}
    for node in nodes:
        histogram.add(merged, counted(node))
    together = [ms for node in nodes for ms in node]
    assert merged == counted(together)
    assert histogram.quantile(merged, share) == histogram.quantile(counted(together), share)


@given(st.lists(DURATIONS))
def test_stored_buckets_are_read_as_they_were(durations: list[float]) -> None:
    buckets = counted(durations)
    assert histogram.parsed(histogram.flat(buckets)) == buckets


@given(st.floats(min_value=-1e9, max_value=1e12))
def test_any_duration_has_one_of_a_bounded_number_of_buckets(ms: float) -> None:
    assert histogram.LOWEST <= histogram.bucket_of(ms) <= histogram.HIGHEST
    assert histogram.HIGHEST - histogram.LOWEST < 600


def test_nothing_counted_has_no_quantile() -> None:
    assert histogram.quantile({}, 0.99) == 0.0
