"""Metrics that callers recorded, beside the documented API."""

from connvo.model.access import require_operator
from connvo.model.monitoring import custom_metrics
from connvo.rules.monitoring.custom_metrics import checked_name
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query
from connvo.runtime.wire import Result

PRIORITY: Priority = "low"


class MetricDay(Result, frozen=True, kw_only=True):
    """The values of one series on a day (UTC) that begins at `day`; times in milliseconds."""

    day: float
    tags: dict[str, str]
    count: float
    total: float
    least: float
    most: float
    last: float
    last_at: float


@query
def get_custom_metric(ctx: QueryCtx, metric_name: str) -> list[MetricDay]:
    """Return the series of a metric by day, the newest day first. For operators.

    Raises:
        Invalid: No metric can have this name.
    """
    require_operator(ctx)
    return [MetricDay.from_row(row) for row in custom_metrics.days_of(ctx, checked_name(metric_name))]
