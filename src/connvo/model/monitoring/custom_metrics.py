"""Metrics that callers record: one row per series and day, so their number is bounded whatever callers send."""

from collections.abc import Mapping

import msgspec

from connvo.kernel.errors import LimitExceeded
from connvo.model.rate_limits import charge
from connvo.rules.monitoring import custom_metrics as rules
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.monitoring import CustomMetric
from connvo.schema.users import UserId
from connvo.store.purging import purge

ACTION, NEW_SERIES, SCOPE = "recordCustomMetric", "newCustomSeries", ""
PER_MINUTE = 60.0
SECONDS_A_MINUTE, SECONDS_A_DAY = 60.0, 86_400.0
MAX_READ = 10_000


def record(
    ctx: MutationCtx, caller: UserId, name: str, value: float, tags: Mapping[str, str], at: float | None
) -> None:
    """Add a value to its series of its day.

    Raises:
        Invalid: The name, the value, a tag or the time is out of its bounds.
        LimitExceeded: This would be one series more than a day may have.
        RateLimited: The caller has recorded too many values, or begun too many series.
    """
    name, value = rules.checked_name(name), rules.checked_value(value)
    sorted_tags, at = rules.checked_tags(tags), rules.checked_time(at, ctx.now)
    charge(ctx, caller, ACTION, SCOPE, PER_MINUTE, PER_MINUTE / SECONDS_A_MINUTE)
    day, series = rules.day_of(at), msgspec.json.encode(sorted_tags).decode()
    row = ctx.db.first(CustomMetric, "by_series", day, name, series)
    if row is not None:
        newer = {"last": value, "last_at": at} if at >= row.last_at else {}
        least, most = min(row.least, value), max(row.most, value)
        ctx.db.patch(row, count=row.count + 1, total=row.total + value, least=least, most=most, **newer)
        return
    if len(ctx.db.scan(CustomMetric, "by_day", day, limit=rules.MAX_SERIES_A_DAY)) >= rules.MAX_SERIES_A_DAY:
        message = f"A day may have {rules.MAX_SERIES_A_DAY} series, a name with its tags: send fewer different ones"
        raise LimitExceeded(message, limit=rules.MAX_SERIES_A_DAY)
    charge(ctx, caller, NEW_SERIES, SCOPE, float(rules.NEW_SERIES), rules.NEW_SERIES / SECONDS_A_DAY)
    ctx.db.insert(
        CustomMetric(
            day=day,
            name=name,
            series=series,
            tags=sorted_tags,
            count=1,
            total=value,
            least=value,
            most=value,
            last=value,
            last_at=at,
        )
    )


def days_of(ctx: QueryCtx, name: str) -> list[CustomMetric]:
    """Return the series of a metric by day, the newest day first."""
    newest_first = ctx.db.scan(CustomMetric, "by_day", reverse=True, limit=MAX_READ)
    return [row for row in newest_first if row.name == name]


def drop_old(ctx: MutationCtx) -> bool:
    """Delete a batch of metrics past their retention; return whether there may be more."""
    oldest = ctx.now - ctx.settings.retention.metrics_days * rules.DAY_MS
    return purge(ctx.db, CustomMetric, "by_day", until=oldest)
