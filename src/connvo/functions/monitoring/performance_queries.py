"""How fast and how reliable functions are, from what all nodes measured. Times in ms, rates in percent."""

from typing import Annotated, Literal

from connvo.model.access import require_operator, require_user
from connvo.model.monitoring import custom_metrics, performance
from connvo.model.monitoring.objectives import ObjectiveState, states
from connvo.model.monitoring.views import (
    CallMetric,
    CallTotals,
    FunctionPerformance,
    ObjectiveAlert,
    ObjectivesStatus,
    ObjectiveStatus,
    OverallStatus,
    PerformanceBreakdown,
    PerformanceMetrics,
    PerformanceSummary,
    PerformanceTrends,
    QueryCompliance,
    SubscriptionMetric,
    SubscriptionMetrics,
    SubscriptionTotals,
    SubscriptionTraffic,
    TrendBucket,
    Trends,
)
from connvo.model.monitoring.windows import checked_window, functions_in
from connvo.model.past_answers import own_subscription_metrics
from connvo.model.realtime import registrations
from connvo.model.realtime.views import readable, stats_of
from connvo.rules.monitoring.calls import P95_MS, P99_MS, PERCENT, Tally
from connvo.rules.monitoring.objectives import BUDGET_MS, MINUTE_MS, Severity, score, worst
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.monitoring.trends import Trend
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query, rechecked
from connvo.runtime.normalization import Clamped

PRIORITY: Priority = "low"

SAMPLES = Clamped(1, 1000, default=100)
ONE_MINUTE, FIVE_MINUTES = MINUTE_MS, 5 * MINUTE_MS
NOTHING_MEASURED = "nothing measured"
EVERYTHING = "all"
BETTER: dict[Trend, Literal["improving", "stable", "degrading"]] = {
    "falling": "improving", "stable": "stable", "rising": "degrading",
}  # fmt: skip
MORE: dict[Trend, Literal["increasing", "stable", "decreasing"]] = {
    "rising": "increasing", "stable": "stable", "falling": "decreasing",
}  # fmt: skip


@query
def get_performance_metrics(
    ctx: QueryCtx,
    function_name: str | None = None,
    time_window_ms: float | None = None,
    limit: Annotated[float | None, SAMPLES] = None,
) -> PerformanceMetrics:
    """Return sampled calls of the last minute, or of a window up to 40 days, and the counts of all. For operators.

    Of each minute and node, the samples are the five slowest calls, the first ten that failed, and five others. They
    are kept for a day.

    Raises:
        Invalid: The window is out of its bounds, or the limit is no number.
    """
    require_operator(ctx)
    window = checked_window(time_window_ms, ONE_MINUTE)
    since, most = ctx.now - window, SAMPLES.whole(limit, "limit")
    found = functions_in(ctx, since, ctx.now + MINUTE_MS, function_name)
    total = performance.whole(found.values())
    queries = performance.whole(tally for tally in found.values() if tally.kind == "query")
    return PerformanceMetrics(
        metrics=[
            CallMetric(
                function_name=sample.function,
                execution_time_ms=sample.ms,
                success=sample.code is None,
                error_type=sample.code,
                timestamp=sample.at,
                trace_id=sample.request_id,
            )
            for sample in performance.newest_samples(ctx, since, most, function_name)
        ],
        aggregated_stats=CallTotals(
            count=total.count,
            success_rate=total.success_rate,
            p50=total.quantile(0.5),
            p95=total.quantile(0.95),
            p99=total.quantile(0.99),
            avg_execution_time=total.average_ms,
            slo_breaches=total.over_p99,
        ),
        slo_compliance=QueryCompliance(
            query_p95_compliant=queries.holds_p95,
            query_p99_compliant=queries.holds_p99,
            current_p95=queries.quantile(0.95),
            current_p99=queries.quantile(0.99),
            target_p95=P95_MS,
            target_p99=P99_MS,
        ),
    )


@rechecked(own_subscription_metrics)
@query
def get_subscription_metrics(ctx: QueryCtx, subscription_id: str | None = None) -> SubscriptionMetrics:
    """Return how the resources of the caller's registrations changed, or of one registration."""
    user = require_user(ctx)
    rows = [row for row in registrations.held(ctx, user.id) if subscription_id in (None, row.subscription_id)]
    found = [
        SubscriptionMetric.from_row(stats_of(ctx, row), subscription_id=row.subscription_id)
        for row in readable(ctx, rows)
    ]
    updates = sum(one.update_count for one in found)
    return SubscriptionMetrics(
        subscriptions=found,
        global_stats=SubscriptionTotals(
            total_active_subscriptions=len(found),
            total_updates=updates,
            avg_updates_per_second=sum(one.updates_per_second for one in found) / len(found) if found else 0.0,
            slo_breaches=sum(not one.slo_compliant for one in found),
        ),
        bandwidth_stats=SubscriptionTraffic(active_subscriptions=len(found), total_updates=updates),
    )


@query
def get_function_performance_breakdown(ctx: QueryCtx, time_window_ms: float | None = None) -> PerformanceBreakdown:
    """Return the calls of each function in the last five minutes, or in a window up to 40 days. For operators.

    Raises:
        Invalid: The window is out of its bounds.
    """
    require_operator(ctx)
    window = checked_window(time_window_ms, FIVE_MINUTES)
    found = functions_in(ctx, ctx.now - window, ctx.now + MINUTE_MS)
    most_first = sorted(found.items(), key=lambda one: (-one[1].count, one[0]))
    rows = [_performance(path, tally) for path, tally in most_first]
    total, compliant = performance.whole(found.values()), sum(row.slo_compliant for row in rows)
    return PerformanceBreakdown(
        functions=rows,
        summary=PerformanceSummary(
            total_functions=len(rows),
            total_calls=total.count,
            overall_success_rate=total.success_rate,
            slo_compliant_functions=compliant,
            slo_compliance_rate=PERCENT * compliant / len(rows) if rows else PERCENT,
        ),
    )


def _performance(path: str, tally: Tally) -> FunctionPerformance:
    return FunctionPerformance(
        function_name=path,
        call_count=tally.count,
        success_rate=tally.success_rate,
        avg_execution_time=tally.average_ms,
        p95_execution_time=tally.quantile(0.95),
        p99_execution_time=tally.quantile(0.99),
        error_count=tally.failures,
        slo_breaches=tally.over_p99,
        slo_compliant=tally.holds_p95 and tally.holds_p99,
    )


@query
def get_slo_status(ctx: QueryCtx, time_window_ms: float | None = None) -> ObjectivesStatus:
    """Return the state of the objectives over 30 days, or another window up to 40 days. For operators.

    An objective without events in the window is left out, and without any the status is `warning`. Alerts look at
    windows of their own, whatever window is asked for.

    Raises:
        Invalid: The window is out of its bounds.
    """
    require_operator(ctx)
    found = states(ctx, checked_window(time_window_ms, BUDGET_MS))
    statuses = {state.objective.name: state.status for state in found}
    alerts = [_alert(state, ctx.now) for state in found if state.alert is not None]
    if not found:
        alerts = [ObjectiveAlert(severity="warning", message=NOTHING_MEASURED, timestamp=ctx.now, slo_name=EVERYTHING)]
    return ObjectivesStatus(
        overall=OverallStatus(
            status=worst(statuses.values()) if found else "warning",
            score=score(statuses),
            breaches=sum(status != "healthy" for status in statuses.values()),
            total_checks=len(found),
        ),
        slos=[
            ObjectiveStatus(
                name=state.objective.name,
                target=state.objective.target * PERCENT,
                current=state.events.percent_good,
                status=state.status,
                breach_count=state.events.bad,
                description=state.objective.description,
            )
            for state in found
        ],
        alerts=alerts,
    )


def _alert(state: ObjectiveState, now: float) -> ObjectiveAlert:
    message = f"The error budget burns {state.rate:.1f} times as fast as it may"
    return ObjectiveAlert(severity=_severity(state), message=message, timestamp=now, slo_name=state.objective.name)


def _severity(state: ObjectiveState) -> Severity:
    return "critical" if state.status == "critical" else "warning"


@query
def get_performance_trends(
    ctx: QueryCtx,
    function_name: str | None = None,
    bucket_size_ms: float | None = None,
    time_window_ms: float | None = None,
) -> PerformanceTrends:
    """Return the calls of the last hour in minutes, or of another window in up to 500 buckets. For operators.

    Nodes count minutes, and beyond a day hours: a shorter bucket shows them where they begin.

    Raises:
        Invalid: A length is out of its bounds, or there would be too many buckets.
    """
    require_operator(ctx)
    window, bucket = performance.checked_buckets(time_window_ms, bucket_size_ms)
    buckets = performance.buckets_of(ctx, window, bucket, function_name)
    latency, number, failures = performance.trends_of(buckets, bucket, ctx.now)
    return PerformanceTrends(
        time_series=[
            TrendBucket(
                timestamp=start,
                avg_latency=tally.average_ms,
                p95_latency=tally.quantile(0.95),
                call_count=tally.count,
                success_rate=tally.success_rate,
                error_count=tally.failures,
            )
            for start, tally in buckets.items()
        ],
        trends=Trends(latency_trend=BETTER[latency], throughput_trend=MORE[number], error_trend=BETTER[failures]),
    )


@mutation
def record_custom_metric(
    ctx: MutationCtx,
    metric_name: str,
    value: float,
    tags: dict[str, str] | None = None,
    timestamp: float | None = None,
) -> None:
    """Record a value of a metric of the caller's own choice, up to 60 times a minute.

    A name begins with a small letter and has up to 64 small letters, digits, underscores and dots. A value has up to 8
    tags of 64 characters, and a time between an hour ago and a minute ahead. Operators read it by
    `monitoring/customMetrics:getCustomMetric`.

    Raises:
        Invalid: The name, the value, a tag or the time is out of its bounds.
        LimitExceeded: The day has 200 different series, a name with its tags.
        RateLimited: The caller has recorded too many values.
    """
    user = require_user(ctx)
    custom_metrics.record(ctx, user.id, metric_name, value, tags or {}, timestamp)
