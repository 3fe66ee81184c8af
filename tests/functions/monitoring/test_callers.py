"""Callers see their own use and nothing of others; metrics of their own are bounded."""

import math
from typing import Any

import pytest

from connvo.rules.monitoring.shedding import Load
from connvo.schema.monitoring import CustomMetric
from tests.support.backend import Backend

CHECK = "monitoring/bandwidthManager:checkBandwidthLimit"
STATS = "monitoring/bandwidthManager:getBandwidthStats"
SHED = "monitoring/bandwidthManager:shouldShedLoad"
RECORD = "monitoring/performanceQueries:recordCustomMetric"
READ = "monitoring/customMetrics:getCustomMetric"


def test_a_caller_sees_their_own_calls_alone(backend: Backend) -> None:
    ann, ben = backend.sign_in("ann"), backend.sign_in("ben")
    before = ben.call(STATS)["userStats"]["requestCount"]
    for _ in range(3):
        ann.call("users/queries:getCurrentUser")
    assert ben.call(STATS)["userStats"]["requestCount"] == before + 1
    checked = ann.call(CHECK, requestType="query")
    assert (checked["allowed"], checked["userTier"]) == (True, "standard")
    assert checked["currentUsage"]["requests"] >= 4
    assert "globalStats" not in ann.call(STATS)


def test_a_check_counts_nothing_and_names_the_refusal(backend: Backend) -> None:
    class Spent:
        def left(self, account: str) -> tuple[float, float]:
            return 0.0, 1.5

        def take_busy(self) -> dict[str, float]:
            return {}

        def charge_elsewhere(self, calls: Any) -> None: ...

    ann = backend.sign_in("ann")
    assert ann.call(CHECK, requestType="query", estimatedBytes=1e9)["reason"] == "LIMIT_EXCEEDED"
    backend.runtime.node.allowance = Spent()
    found = ann.call(CHECK, requestType="mutation")
    assert (found["allowed"], found["reason"], found["retryAfterMs"]) == (False, "RATE_LIMIT_EXCEEDED", 1500)
    for bad in (-1, math.nan, math.inf):
        ann.fails(CHECK, "VALIDATION_ERROR", requestType="query", estimatedBytes=bad)


def test_operators_see_the_use_of_all_nodes(backend: Backend) -> None:
    operator, other = backend.sign_in("olga", operator=True, provision=False), backend.add_node()
    recorder = other.node.recorder
    recorder.began("users/queries:getCurrentUser", "someone", 100)
    recorder.ended("users/queries:getCurrentUser", 0.01, None, "x")
    backend.run(other.measurements.write())
    found = operator.call(STATS, includeGlobal=True)["globalStats"]
    assert (found["totalRequests"], found["totalBytesTransferred"]) == (1, 100)


def test_the_load_is_exact_for_operators_and_rough_for_others(backend: Backend) -> None:
    load = Load(memory=0.876, queued=3, queue_limit=100, connections=17)
    backend.runtime.node.monitor.load = load
    ann, operator = backend.sign_in("ann"), backend.sign_in("olga", operator=True, provision=False)
    exact, rough = operator.call(SHED, requestPriority="low"), ann.call(SHED, requestPriority="low")
    assert (exact["shouldShed"], exact["reason"]) == (True, "memory")
    assert exact["systemLoad"]["memoryUsage"] == pytest.approx(87.6)
    assert rough["systemLoad"] == {"cpuUsage": 0, "memoryUsage": 90, "activeConnections": 20, "queueDepth": 0}
    assert ann.call(SHED, requestPriority="critical")["shouldShed"] is False


def test_values_of_one_series_are_summed_by_day(backend: Backend) -> None:
    ann, operator = backend.sign_in("ann"), backend.sign_in("olga", operator=True, provision=False)
    for value, tags in ((2, {"room": "a", "kind": "x"}), (4, {"kind": "x", "room": "a"}), (9, {})):
        ann.call(RECORD, metricName="join.ms", value=value, tags=tags)
    backend.advance(86_400)
    ann.call(RECORD, metricName="join.ms", value=1, timestamp=backend.now_ms - 1000)
    days = operator.call(READ, metricName="join.ms")
    assert [(one["count"], one["total"], one["tags"]) for one in days] == [
        (1, 1, {}), (1, 9, {}), (2, 6, {"kind": "x", "room": "a"}),
    ]  # fmt: skip
    assert (days[2]["least"], days[2]["most"], days[2]["last"]) == (2, 4, 4)
    assert operator.call(READ, metricName="other") == []


def test_ten_thousand_names_make_a_bounded_number_of_rows(backend: Backend) -> None:
    callers = [backend.sign_in(f"user{number}") for number in range(15)]
    refused = 0
    for number in range(250):
        caller = callers[number % 10 if number < 200 else 10 + number % 5]
        if number >= 200:
            caller.fails(RECORD, "LIMIT_EXCEEDED", metricName=f"name{number}", value=1)
            refused += 1
        else:
            caller.call(RECORD, metricName=f"name{number}", value=1)
    assert refused == 50
    assert len(backend.read(lambda db: db.scan(CustomMetric, "by_creation"))) == 200
    callers[0].call(RECORD, metricName="name0", value=2)


def test_a_caller_records_sixty_values_a_minute(backend: Backend) -> None:
    ann = backend.sign_in("ann")
    for _ in range(60):
        ann.call(RECORD, metricName="x", value=1)
    ann.fails(RECORD, "RATE_LIMIT_EXCEEDED", metricName="x", value=1)


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"metricName": "Bad"}, "metricName"),
        ({"value": math.inf}, "value"),
        ({"tags": {"x": "y" * 65}}, "tags"),
        ({"timestamp": 0}, "timestamp"),
    ],
)
def test_bad_values_are_refused_by_name(backend: Backend, args: dict[str, Any], field: str) -> None:
    ann = backend.sign_in("ann")
    error = ann.fails(RECORD, "VALIDATION_ERROR", **{"metricName": "x", "value": 1, **args})
    assert error.metadata["field"] == field


def test_a_caller_begins_some_series_a_day_and_leaves_room_for_others(backend: Backend) -> None:
    ann, ben = backend.sign_in("ann"), backend.sign_in("ben")
    for number in range(20):
        ann.call(RECORD, metricName="page.load", value=1, tags={"page": f"{number}"})
    ann.fails(RECORD, "RATE_LIMIT_EXCEEDED", metricName="page.load", value=1, tags={"page": "one more"})
    ann.call(RECORD, metricName="page.load", value=1, tags={"page": "0"})
    ben.call(RECORD, metricName="page.load", value=1, tags={"page": "one more"})
