"""Calls of functions over a window, as operators see them."""

import math
from collections.abc import Iterable, Sequence

from connvo.kernel.errors import Invalid
from connvo.rules.monitoring.calls import PERCENT, Tally
from connvo.rules.monitoring.objectives import DAY_MS, HOUR_MS, MINUTE_MS
from connvo.rules.monitoring.trends import Point, Trend, trend
from connvo.runtime.context import QueryCtx
from connvo.runtime.measuring.tables import CallSample, MetricWindow, Span

from .windows import SPANS, checked_window, rows_in

MIN_BUCKET_MS, MAX_BUCKET_MS, MAX_BUCKETS = 10_000.0, DAY_MS, 500


def whole(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of the calls of several functions."""
    total = Tally()
    for tally in tallies:
        total.merge(tally.stored())
    return total


def newest_samples(ctx: QueryCtx, since: float, limit: int, only: str | None) -> list[CallSample]:
    """Return the sampled calls that ended after a time, the newest first; of one function if it is named."""
    found = [
        sample
        for row in rows_in(ctx, MetricWindow, max(since, ctx.now - DAY_MS), ctx.now + MINUTE_MS, SPANS[2:])
        for sample in row.samples
        if sample.at >= since and only in (None, sample.function)
    ]
    return sorted(found, key=lambda sample: (-sample.at, sample.function, sample.request_id))[:limit]


def checked_buckets(window_ms: float | None, bucket_ms: float | None) -> tuple[float, float]:
    """Return the lengths of a window and of its buckets, in ms; by default an hour and a minute.

    Raises:
        Invalid: A length is out of its bounds, or there would be too many buckets.
    """
    window = checked_window(window_ms, HOUR_MS)
    bucket = MINUTE_MS if bucket_ms is None else bucket_ms
    if not MIN_BUCKET_MS <= bucket <= MAX_BUCKET_MS:
        message = "A bucket is 10 seconds to 24 hours long"
        raise Invalid(message, "bucketSizeMs", minimum=MIN_BUCKET_MS, maximum=MAX_BUCKET_MS)
    if math.ceil(window / bucket) > MAX_BUCKETS:
        message = f"A window has up to {MAX_BUCKETS} buckets: take longer buckets, or a shorter window"
        raise Invalid(message, "bucketSizeMs", limit=MAX_BUCKETS)
    return window, bucket


def buckets_of(ctx: QueryCtx, window: float, bucket: float, only: str | None) -> dict[float, Tally]:
    """Return the calls of a window by the beginnings of its buckets; empty ones are missing.

    A row counts where it begins: minutes, and in windows of more than a day hours, are not divided.
    """
    first = (ctx.now - window) // bucket * bucket
    found: dict[float, Tally] = {}
    for row in rows_in(ctx, MetricWindow, first, ctx.now + MINUTE_MS, _spans(window, bucket)):
        if row.start < first:
            continue
        for path, calls in row.functions.items():
            if only is None or path == only:
                found.setdefault(row.start // bucket * bucket, Tally()).merge(calls)
    return dict(sorted(found.items()))


def _spans(window: float, bucket: float) -> Sequence[Span]:
    """Return the spans that fit into buckets; those of a window of more than a day always hold hours."""
    if bucket % DAY_MS == 0:
        return SPANS
    return SPANS[1:] if window > DAY_MS or bucket % HOUR_MS == 0 else SPANS[2:]


def trends_of(buckets: dict[float, Tally], bucket: float, now: float) -> tuple[Trend, Trend, Trend]:
    """Return how latency, number and share of failures of calls develop. The bucket that is not over is left out."""
    over = {start: tally for start, tally in buckets.items() if start + bucket <= now}
    latency = [Point(start, tally.average_ms, tally.count) for start, tally in over.items()]
    failures = [Point(start, PERCENT - tally.success_rate, tally.count) for start, tally in over.items()]
    starts = list(over)
    steps = round((starts[-1] - starts[0]) / bucket) + 1 if starts else 0
    # A time without calls has none, and that counts for their number.
    number = [
        Point(at, over[at].count if at in over else 0) for at in (starts[0] + step * bucket for step in range(steps))
    ]
    return trend(latency), trend(number), trend(failures)
