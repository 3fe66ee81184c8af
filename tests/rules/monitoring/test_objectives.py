"""Error budgets burn by events: what is an alert, recomputed from the events themselves."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.monitoring import objectives
from connvo.rules.monitoring.calls import Tally
from connvo.rules.monitoring.objectives import (
    HOUR_MS,
    MINUTE_MS,
    OBJECTIVES,
    RULES,
    Events,
    alert_of,
    burn_rate,
)

AVAILABILITY = OBJECTIVES[0]
# Minutes ago, total and bad events: uneven traffic over three days.
MINUTES = st.lists(st.tuples(st.integers(0, 3 * 24 * 60), st.integers(0, 500), st.integers(0, 500)), max_size=40)


def events_in(minutes: list[tuple[int, int, int]], window_ms: float) -> Events:
    recent = [(total, min(bad, total)) for ago, total, bad in minutes if ago * MINUTE_MS < window_ms]
    return Events(sum(total for total, _ in recent), sum(bad for _, bad in recent))


@given(MINUTES, st.sampled_from(OBJECTIVES))
def test_an_alert_follows_its_rule_on_the_raw_events(
    minutes: list[tuple[int, int, int]], objective: objectives.Objective
) -> None:
    found = alert_of(objective, lambda window: events_in(minutes, window))
    burning = []
    for rule in RULES:
        (all_long, bad_long), (all_short, bad_short) = (
            events_in(minutes, rule.long_ms),
            events_in(minutes, rule.short_ms),
        )
        allowed = 1 - objective.target
        if all_short and bad_long >= 10:
            shares = bad_long / all_long, bad_short / all_short
            if all(share / allowed >= rule.rate for share in shares):
                burning.append(rule.severity)
    assert (None if found is None else found.rule.severity) == (burning[0] if burning else None)


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 1000)), min_size=1))
def test_a_burn_rate_weighs_windows_by_their_events(windows: list[tuple[int, int]]) -> None:
    parts = [Events(total, min(bad, total)) for total, bad in windows]
    whole = Events()
    for part in parts:
        whole = whole.plus(part)
    weighted = sum(burn_rate(part, 0.99) * part.total for part in parts) / whole.total
    assert abs(burn_rate(whole, 0.99) - weighted) < 1e-9 * max(1.0, weighted)


def test_without_events_nothing_is_said() -> None:
    assert burn_rate(Events(), 0.99) == 0.0
    assert all(alert_of(objective, lambda _: Events()) is None for objective in OBJECTIVES)
    assert objectives.score({}) == 0.0


def test_one_failure_of_three_calls_is_no_alert() -> None:
    assert alert_of(AVAILABILITY, lambda _: Events(3, 1)) is None


def test_a_long_ago_outage_is_no_alert_once_the_short_window_is_well() -> None:
    assert alert_of(AVAILABILITY, lambda window: Events(1000, 500 if window > 6 * HOUR_MS else 0)) is None


def test_a_slow_burn_is_a_warning_and_a_fast_one_is_critical() -> None:
    slow = alert_of(AVAILABILITY, lambda _: Events(10_000, 20))
    fast = alert_of(AVAILABILITY, lambda _: Events(10_000, 200))
    assert slow is not None and slow.rule.severity == "warning"
    assert fast is not None and fast.rule.severity == "critical"


def test_refusals_of_callers_are_no_fault_of_the_server() -> None:
    calls, updates = Tally("query"), Tally()
    for code in (None, "NOT_FOUND", "RATE_LIMIT_EXCEEDED", "INTERNAL_ERROR"):
        calls.add(130.0, code)
    updates.add(160.0)
    found = objectives.events_of([calls.stored()], updates.stored())
    assert found == {
        "availability": Events(4, 1),
        "query_p95": Events(4, 4),
        "query_p99": Events(4, 0),
        "update_latency": Events(1, 1),
    }


def test_the_worst_objective_decides() -> None:
    assert objectives.worst(["healthy", "critical", "warning"]) == "critical"
    assert objectives.worst([]) == "healthy"
    assert objectives.score({"availability": "healthy", "query_p95": "warning"}) == 50.0
