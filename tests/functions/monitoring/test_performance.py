"""Operators are told what all nodes measured: exact counts, merged quantiles, objectives by events."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.runtime.measuring.tables import MetricWindow, ObjectiveWindow
from tests.support.backend import Backend, Caller
from tests.support.store import ENGINES

METRICS = "monitoring/performanceQueries:getPerformanceMetrics"
BREAKDOWN = "monitoring/performanceQueries:getFunctionPerformanceBreakdown"
TRENDS = "monitoring/performanceQueries:getPerformanceTrends"
SLOS = "monitoring/performanceQueries:getSLOStatus"
WATCHED = "meetings/chat:listMessages"
OTHER = "meetings/queries:getMeeting"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


class Measured:
    """A server with two nodes whose calls a test makes up, and its operator."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.nodes = [backend.runtime, backend.add_node()]
        self.operator: Caller = backend.sign_in("olga", operator=True, provision=False)

    def count(self, path: str, ms: float, times: int = 1, code: str | None = None, node: int = 0) -> None:
        """Count calls on a node."""
        recorder = self.nodes[node].node.recorder
        for number in range(times):
            recorder.began(path, "someone", 10)
            recorder.ended(path, ms / 1000, code, f"request-{number}")

    def write(self) -> None:
        """Have every node write what it counted."""
        for node in self.nodes:
            self.backend.run(node.measurements.write())

    def after(self, seconds: float) -> None:
        """Write, and let time pass."""
        self.write()
        self.backend.advance(seconds)
        self.write()

    def ask(self, path: str, **args: Any) -> Any:
        return self.operator.call(path, **args)


@pytest.fixture
def measured(backend: Backend) -> Measured:
    return Measured(backend)


@pytest.fixture(params=ENGINES)
def each(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Measured:
    return Measured(make_backend(ENGINES[request.param]))


def rows(backend: Backend, kind: Any) -> list[Any]:
    found: list[Any] = backend.read(lambda db: db.scan(kind, "by_creation"))
    return found


def counted(measured: Measured) -> list[tuple[str, float, float]]:
    """Return the objectives with their counts; their alerts pass with time."""
    return [(one["name"], one["current"], one["breachCount"]) for one in measured.ask(SLOS)["slos"]]


def test_counts_of_all_nodes_add_up_and_quantiles_are_those_of_all_calls(each: Measured) -> None:
    each.count(WATCHED, 10, 98)
    each.count(WATCHED, 200, 2, node=1)
    each.count(OTHER, 5, 10, "NOT_FOUND", node=1)
    each.write()
    found = each.ask(BREAKDOWN)
    first, second = found["functions"]
    assert (first["functionName"], first["callCount"], first["errorCount"]) == (WATCHED, 100, 0)
    assert first["p99ExecutionTime"] == pytest.approx(200, rel=0.02)
    assert first["p95ExecutionTime"] == pytest.approx(10, rel=0.02)
    assert (first["sloCompliant"], first["sloBreaches"]) == (True, 0)
    assert (second["successRate"], second["errorCount"]) == (0, 10)
    assert found["summary"]["totalCalls"] == 110
    total = each.ask(METRICS)["aggregatedStats"]
    assert (total["count"], total["successRate"]) == (110, pytest.approx(100 * 100 / 110))


def test_a_row_is_patched_within_its_minute_and_written_twice_says_the_same(measured: Measured) -> None:
    measured.count(WATCHED, 10)
    measured.write()
    measured.count(WATCHED, 10)
    measured.write()
    measured.write()
    assert [row.functions[WATCHED].count for row in rows(measured.backend, MetricWindow) if row.functions] == [2]


def test_samples_name_calls_by_their_request_and_never_more_than_a_few(measured: Measured) -> None:
    measured.count(WATCHED, 10, 500)
    measured.count(WATCHED, 20, 500, "INTERNAL_ERROR")
    measured.write()
    shown = measured.ask(METRICS, functionName=WATCHED, limit=1000)["metrics"]
    assert 10 < len(shown) <= 20
    assert {one["errorType"] for one in shown if not one["success"]} == {"INTERNAL_ERROR"}
    assert all(one["traceId"].startswith("request-") for one in shown)
    assert len(measured.ask(METRICS, limit=3)["metrics"]) == 3


def test_without_calls_nothing_is_met_missed_or_not_a_number(measured: Measured) -> None:
    assert measured.ask(BREAKDOWN)["summary"] == {
        "totalFunctions": 0, "totalCalls": 0, "overallSuccessRate": 100, "sloCompliantFunctions": 0,
        "sloComplianceRate": 100,
    }  # fmt: skip
    found = measured.ask(METRICS)
    assert (found["metrics"], found["aggregatedStats"]["count"]) == ([], 0)
    assert (found["sloCompliance"]["queryP95Compliant"], found["sloCompliance"]["currentP95"]) == (False, 0)
    assert measured.ask(TRENDS)["timeSeries"] == []
    slos = measured.ask(SLOS)
    assert (slos["slos"], slos["overall"]["status"], slos["overall"]["score"]) == ([], "warning", 0)
    assert [alert["message"] for alert in slos["alerts"]] == ["nothing measured"]


def test_objectives_count_events_and_an_outage_is_critical(measured: Measured) -> None:
    measured.count(WATCHED, 10, 900)
    measured.count(WATCHED, 300, 100, "INTERNAL_ERROR", node=1)
    measured.nodes[0].node.recorder.pushed(0.01)
    measured.write()
    found = measured.ask(SLOS)
    by_name = {one["name"]: one for one in found["slos"]}
    assert by_name["availability"]["current"] == pytest.approx(90)
    assert (by_name["availability"]["breachCount"], by_name["availability"]["status"]) == (100, "critical")
    assert by_name["query_p99"]["breachCount"] == 100
    assert by_name["update_latency"] == {
        "name": "update_latency", "target": 99, "current": 100, "status": "healthy", "breachCount": 0,
        "description": "Changes sent to live queries within 150 ms of their commit",
    }  # fmt: skip
    assert found["overall"]["status"] == "critical"
    assert {alert["sloName"] for alert in found["alerts"]} >= {"availability"}


def test_an_objective_without_events_is_left_out(measured: Measured) -> None:
    measured.count("meetings/chat:sendMessage", 10, 20)
    measured.write()
    assert [one["name"] for one in measured.ask(SLOS)["slos"]] == ["availability"]


def test_merged_hours_say_the_same_as_their_minutes(each: Measured) -> None:
    for minute in range(70):
        each.count(WATCHED, 10 + minute, 3)
        each.count(WATCHED, 300, 1, "INTERNAL_ERROR", node=1)
        each.after(MINUTE)
    before = each.ask(BREAKDOWN, timeWindowMs=2 * HOUR * 1000)["functions"], counted(each)
    each.backend.advance(HOUR)
    after = each.ask(BREAKDOWN, timeWindowMs=4 * HOUR * 1000)["functions"], counted(each)
    assert [row.span for row in rows(each.backend, MetricWindow)].count("hour") >= 1
    assert before == after


def test_a_short_window_counts_no_whole_hour_at_its_beginning(measured: Measured) -> None:
    measured.count(WATCHED, 10, 100, "INTERNAL_ERROR")
    measured.after(HOUR + 20 * MINUTE)
    measured.backend.advance(5 * MINUTE)
    measured.count(WATCHED, 10, 100)
    measured.write()
    assert "hour" in {row.span for row in rows(measured.backend, ObjectiveWindow)}
    slos = measured.ask(SLOS, timeWindowMs=HOUR * 1000)["slos"]
    assert {one["name"]: one["breachCount"] for one in slos}["availability"] == 0
    trend = measured.ask(TRENDS, timeWindowMs=3 * HOUR * 1000)["timeSeries"]
    assert [one["callCount"] for one in trend] == [100, 100]


def test_hours_of_a_day_are_merged_once_more(measured: Measured) -> None:
    for _ in range(50):
        measured.count(WATCHED, 10, 2)
        measured.after(HOUR)
    measured.backend.advance(2 * HOUR)
    assert [row.span for row in rows(measured.backend, MetricWindow)].count("day") >= 1
    assert measured.ask(BREAKDOWN, timeWindowMs=5 * DAY * 1000)["summary"]["totalCalls"] == 100
    assert {one["name"]: one["current"] for one in measured.ask(SLOS)["slos"]}["availability"] == 100
    days = measured.ask(TRENDS, timeWindowMs=5 * DAY * 1000, bucketSizeMs=DAY * 1000)["timeSeries"]
    assert sum(one["callCount"] for one in days) == 100
    hours = measured.ask(TRENDS, timeWindowMs=5 * DAY * 1000, bucketSizeMs=HOUR * 1000)["timeSeries"]
    assert [one["callCount"] for one in hours] == [2] * 50


def test_minutes_are_kept_for_a_day_and_hours_for_forty(measured: Measured) -> None:
    measured.count(WATCHED, 10, 3)
    measured.write()
    measured.backend.advance(DAY + 3 * HOUR)
    measured.backend.advance(HOUR)
    for kind in (MetricWindow, ObjectiveWindow):
        assert {row.span for row in rows(measured.backend, kind)} <= {"hour", "day"}
    assert measured.ask(BREAKDOWN, timeWindowMs=2 * DAY * 1000)["summary"]["totalCalls"] == 3
    measured.backend.advance(41 * DAY)
    assert rows(measured.backend, MetricWindow) == []


def test_trends_are_shown_in_buckets_without_the_empty_ones(measured: Measured) -> None:
    for minute in range(10):
        if minute != 5:
            measured.count(WATCHED, 10 * (minute + 1), 20)
        measured.after(MINUTE)
    found = measured.ask(TRENDS, functionName=WATCHED)
    assert len(found["timeSeries"]) == 9
    assert found["trends"] == {"latencyTrend": "degrading", "throughputTrend": "stable", "errorTrend": "stable"}
    assert measured.ask(TRENDS, functionName="none:such")["timeSeries"] == []
    assert len(measured.ask(TRENDS, bucketSizeMs=300_000)["timeSeries"]) in (2, 3)


@pytest.mark.parametrize(
    ("path", "args", "field"),
    [
        *[(path, {"timeWindowMs": bad}, "timeWindowMs") for path in (METRICS, BREAKDOWN, SLOS, TRENDS)
          for bad in (-1, 0, 9_999, 1e300, 41 * DAY * 1000)],
        *[(TRENDS, {"bucketSizeMs": bad}, "bucketSizeMs") for bad in (-60_000, 0, 1, 25 * HOUR * 1000, 1e300)],
        (TRENDS, {"bucketSizeMs": 10_000, "timeWindowMs": DAY * 1000}, "bucketSizeMs"),
    ],
)  # fmt: skip
def test_windows_out_of_their_bounds_are_refused(
    measured: Measured, path: str, args: dict[str, float], field: str
) -> None:
    assert measured.operator.fails(path, "VALIDATION_ERROR", **args).metadata["field"] == field


def test_queries_change_nothing(measured: Measured) -> None:
    measured.count(WATCHED, 10, 3)
    measured.write()
    commits = measured.backend.commit_count()
    for path in (METRICS, BREAKDOWN, TRENDS, SLOS, "monitoring/bandwidthManager:getCircuitBreakerStatus"):
        measured.ask(path)
    assert measured.backend.commit_count() == commits


def test_calls_are_counted_where_they_run(measured: Measured) -> None:
    ann = measured.backend.sign_in("ann")
    ann.call("users/queries:getCurrentUser")
    ann.fails("meetings/queries:getMeeting", meetingId="nonsense")
    measured.write()
    counted = {one["functionName"]: one for one in measured.ask(BREAKDOWN)["functions"]}
    assert counted["users/queries:getCurrentUser"]["successRate"] == 100
    assert counted["meetings/queries:getMeeting"]["errorCount"] == 1


def test_no_row_names_a_caller_once_its_minute_is_over(measured: Measured) -> None:
    class Busy:
        def left(self, account: str) -> tuple[float, float]:
            return 0.0, 0.0

        def take_busy(self) -> dict[str, float]:
            return {"digest": 500.0}

        def charge_elsewhere(self, calls: Any) -> None:
            heard.append(dict(calls))

    heard: list[dict[str, float]] = []
    for node in measured.nodes:
        node.node.allowance = Busy()
    measured.count(WATCHED, 10)
    measured.write()
    measured.write()
    assert {"digest": 500.0} in heard
    measured.backend.advance(5 * MINUTE)
    assert [row.busy for row in rows(measured.backend, ObjectiveWindow) if row.busy] == []
