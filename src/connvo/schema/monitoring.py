"""Store the metrics that callers record, and the alerts of objectives."""

from typing import NewType

from connvo.rules.monitoring.objectives import ObjectiveName, Status
from connvo.store.schema import Document, table

CustomMetricId = NewType("CustomMetricId", str)
SloAlertId = NewType("SloAlertId", str)


@table(
    "customMetrics",
    10443,
    id_type=CustomMetricId,
    indexes={"by_day": ("day",), "by_series": ("day", "name", "series")},
    retention="deleted after CONNVO_RETENTION_METRICS_DAYS days",
)
class CustomMetric(Document, frozen=True, kw_only=True):
    """The values of one series on one day (UTC); (day, name, series) is unique; `series` is the tags as JSON."""

    id: CustomMetricId = CustomMetricId("")
    day: float
    name: str
    series: str
    tags: dict[str, str]
    count: int
    total: float
    least: float
    most: float
    last: float
    last_at: float


@table(
    "sloAlerts",
    10444,
    id_type=SloAlertId,
    indexes={"by_objective": ("objective",)},
    retention="permanently, one row per objective",
)
class SloAlert(Document, frozen=True, kw_only=True):
    """The state of an objective as it was last found, since `since`; `rate` is the burn rate then; times in ms."""

    id: SloAlertId = SloAlertId("")
    objective: ObjectiveName
    status: Status
    rate: float
    since: float
