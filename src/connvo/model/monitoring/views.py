"""Measurements as callers see them. Times in ms, rates in percent."""

from typing import Literal

from connvo.model.realtime.views import SubscriptionStats
from connvo.rules.monitoring.objectives import Severity, Status
from connvo.runtime.wire import Result


class CallMetric(Result, frozen=True, kw_only=True):
    """One call. `trace_id` is its request id, or `live` for a run of a live query."""

    function_name: str
    execution_time_ms: float
    success: bool
    error_type: str | None = None
    timestamp: float
    trace_id: str


class CallTotals(Result, frozen=True, kw_only=True):
    """All calls of a window, counted exactly; quantiles within 2 %. `slo_breaches` took more than 250 ms."""

    count: float
    success_rate: float
    p50: float
    p95: float
    p99: float
    avg_execution_time: float
    slo_breaches: float


class QueryCompliance(Result, frozen=True, kw_only=True):
    """Whether queries hold their limits. Without a query they show nothing, and hold none."""

    query_p95_compliant: bool
    query_p99_compliant: bool
    current_p95: float
    current_p99: float
    target_p95: float
    target_p99: float


class PerformanceMetrics(Result, frozen=True, kw_only=True):
    """Sampled calls, the newest first, and the counts of all."""

    metrics: list[CallMetric]
    aggregated_stats: CallTotals
    slo_compliance: QueryCompliance


class SubscriptionMetric(SubscriptionStats, frozen=True, kw_only=True):
    """How the resource of one registration changed."""

    subscription_id: str


class SubscriptionTotals(Result, frozen=True, kw_only=True):
    """The sums over the registrations that the caller sees."""

    total_active_subscriptions: float
    total_updates: float
    avg_updates_per_second: float
    slo_breaches: float


class SubscriptionTraffic(Result, frozen=True, kw_only=True):
    """The number of registrations, and of the changes of their resources."""

    active_subscriptions: float
    total_updates: float


class SubscriptionMetrics(Result, frozen=True, kw_only=True):
    """The caller's registrations, with their sums."""

    subscriptions: list[SubscriptionMetric]
    global_stats: SubscriptionTotals
    bandwidth_stats: SubscriptionTraffic


class FunctionPerformance(Result, frozen=True, kw_only=True):
    """The calls of one function. `slo_compliant`: 95 % took at most 120 ms, and 99 % at most 250 ms."""

    function_name: str
    call_count: float
    success_rate: float
    avg_execution_time: float
    p95_execution_time: float
    p99_execution_time: float
    error_count: float
    slo_breaches: float
    slo_compliant: bool


class PerformanceSummary(Result, frozen=True, kw_only=True):
    """The sums over all functions that were called; without one, no rate is missed."""

    total_functions: float
    total_calls: float
    overall_success_rate: float
    slo_compliant_functions: float
    slo_compliance_rate: float


class PerformanceBreakdown(Result, frozen=True, kw_only=True):
    """The functions that were called, those with most calls first."""

    functions: list[FunctionPerformance]
    summary: PerformanceSummary


class OverallStatus(Result, frozen=True, kw_only=True):
    """The worst status, and the percentage of objectives that are healthy. `breaches` are those that are not."""

    status: Status
    score: float
    breaches: float
    total_checks: float


class ObjectiveStatus(Result, frozen=True, kw_only=True):
    """An objective: the percentage of good events that it wants, and that there was; `breach_count` were bad."""

    name: str
    target: float
    current: float
    status: Status
    breach_count: float
    description: str


class ObjectiveAlert(Result, frozen=True, kw_only=True):
    """An objective whose error budget burns too fast."""

    severity: Severity
    message: str
    timestamp: float
    slo_name: str


class ObjectivesStatus(Result, frozen=True, kw_only=True):
    """The objectives that have events, and what of them is an alert."""

    overall: OverallStatus
    slos: list[ObjectiveStatus]
    alerts: list[ObjectiveAlert]


class TrendBucket(Result, frozen=True, kw_only=True):
    """The calls of one bucket, which begins at `timestamp`."""

    timestamp: float
    avg_latency: float
    p95_latency: float
    call_count: float
    success_rate: float
    error_count: float


class Trends(Result, frozen=True, kw_only=True):
    """How calls develop over the window."""

    latency_trend: Literal["improving", "stable", "degrading"]
    throughput_trend: Literal["increasing", "stable", "decreasing"]
    error_trend: Literal["improving", "stable", "degrading"]


class PerformanceTrends(Result, frozen=True, kw_only=True):
    """A window in buckets; those without a call are left out."""

    time_series: list[TrendBucket]
    trends: Trends
