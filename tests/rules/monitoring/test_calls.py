"""Calls are counted exactly, by outcome and against the limits of objectives."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.monitoring.calls import Tally, merged
from connvo.rules.monitoring.histogram import parsed

CODES = st.sampled_from([None, None, "NOT_FOUND", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"])
CALLS = st.lists(st.tuples(st.floats(min_value=0, max_value=1000), CODES))


def tally(calls: list[tuple[float, str | None]]) -> Tally:
    found = Tally("query")
    for ms, code in calls:
        found.add(ms, code)
    return found


@given(CALLS)
def test_counts_are_those_of_the_raw_calls(calls: list[tuple[float, str | None]]) -> None:
    found = tally(calls)
    assert found.count == len(calls)
    assert found.over_p95 == sum(ms > 120 for ms, _ in calls)
    assert found.over_update == sum(ms > 150 for ms, _ in calls)
    assert found.over_p99 == sum(ms > 250 for ms, _ in calls)
    assert found.failures == sum(code is not None for _, code in calls)
    assert found.faults == sum(code in ("INTERNAL_ERROR", "SERVICE_UNAVAILABLE") for _, code in calls)
    if calls:
        assert found.holds_p95 == (found.over_p95 / len(calls) <= 0.05)
        assert found.holds_p99 == (found.over_p99 / len(calls) <= 0.01)


@given(st.lists(CALLS, max_size=3))
def test_stored_parts_add_up_to_the_whole(parts: list[list[tuple[float, str | None]]]) -> None:
    whole = tally([call for part in parts for call in part])
    summed = merged(tally(part).stored() for part in parts)
    one, other = whole.stored(), summed.stored()
    assert (one.count, one.over, one.errors) == (other.count, other.over, other.errors)
    assert parsed(one.buckets) == parsed(other.buckets)
    assert abs(one.sum_ms - other.sum_ms) < 0.01


def test_without_calls_nothing_failed_and_nothing_is_shown_to_hold() -> None:
    nothing = Tally()
    assert (nothing.success_rate, nothing.average_ms, nothing.quantile(0.99)) == (100.0, 0.0, 0.0)
    assert (nothing.holds_p95, nothing.holds_p99) == (False, False)
