"""Read the rows of measurements over a window of time, and merge those of an hour.

Guarantees:
    A window holds whole minutes: those that overlap with it. The counts of all nodes add up.
    Hours and days that are merged are read as one row, so a long window costs few rows.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from connvo.kernel.errors import Invalid
from connvo.rules.monitoring.calls import Tally, merged
from connvo.rules.monitoring.objectives import DAY_MS, HOUR_MS, MINUTE_MS, OBJECTIVES, Events, ObjectiveName
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.measuring.tables import MetricWindow, ObjectiveWindow, Span
from connvo.store.purging import purge

W = TypeVar("W", MetricWindow, ObjectiveWindow)

MIN_WINDOW_MS, MAX_WINDOW_MS = 10_000.0, 40 * DAY_MS
# Nodes that could not reach the database write the last minutes of an hour late.
MERGED_AFTER_MS = 10 * MINUTE_MS
# By then the last hour of a day is merged.
DAY_AFTER_MS = HOUR_MS
# Windows up to this are read in minutes alone, as an hour would be counted whole at their beginning.
EXACT_MS = 6 * HOUR_MS
ALL_NODES = ""
SPANS: tuple[Span, ...] = ("day", "hour", "minute")
LENGTHS_MS: dict[Span, float] = {"day": DAY_MS, "hour": HOUR_MS, "minute": MINUTE_MS}


def checked_window(window_ms: float | None, default: float) -> float:
    """Return the length of a window in ms.

    Raises:
        Invalid: It is less than 10 seconds, or more than 40 days.
    """
    if window_ms is None:
        return default
    if not MIN_WINDOW_MS <= window_ms <= MAX_WINDOW_MS:
        message = "A window is 10 seconds to 40 days long"
        raise Invalid(message, "timeWindowMs", minimum=MIN_WINDOW_MS, maximum=MAX_WINDOW_MS)
    return window_ms


def rows_in(ctx: QueryCtx, kind: type[W], since: float, until: float, spans: Sequence[Span] = SPANS) -> Iterator[W]:
    """Yield the rows of a window in the order of time: the longest spans that lie within it, and minutes at its ends.

    `spans` are those to read, the longest first.
    """
    return _rows(ctx, kind, since // MINUTE_MS * MINUTE_MS, until, spans)


def _rows(ctx: QueryCtx, kind: type[W], since: float, until: float, spans: Sequence[Span]) -> Iterator[W]:
    span, *finer = spans
    if not finer:
        yield from ctx.db.scan(kind, "by_span", span, since=since, before=until)
        return
    length = LENGTHS_MS[span]
    first, at = -(-since // length) * length, since
    for row in ctx.db.scan(kind, "by_span", span, since=first, until=until - length):
        if row.start > at:
            yield from _rows(ctx, kind, at, row.start, finer)
        yield row
        at = row.start + length
    if at < until:
        yield from _rows(ctx, kind, at, until, finer)


def functions_in(ctx: QueryCtx, since: float, until: float, only: str | None = None) -> dict[str, Tally]:
    """Return the calls of each function in a window, or of one."""
    found: dict[str, Tally] = {}
    for row in rows_in(ctx, MetricWindow, since, until):
        for path, calls in row.functions.items():
            if only is None or path == only:
                found.setdefault(path, Tally()).merge(calls)
    return found


class EventCounts:
    """The events of objectives in windows that end now. Rows are read once, minutes for short windows."""

    def __init__(self, ctx: QueryCtx) -> None:
        self._ctx = ctx
        self._now = ctx.now
        self._minutes = self._read(EXACT_MS, SPANS[2:])
        self._longer: dict[float, list[ObjectiveWindow]] = {}

    def of(self, name: ObjectiveName, window_ms: float) -> Events:
        """Return the events of an objective in the last milliseconds."""
        since = self._now - window_ms
        if window_ms <= EXACT_MS:
            rows = [row for row in self._minutes if row.start + MINUTE_MS > since]
        else:
            if window_ms not in self._longer:
                self._longer[window_ms] = self._read(window_ms, SPANS)
            rows = self._longer[window_ms]
        counts = [row.events.get(name, (0, 0)) for row in rows]
        return Events(sum(total for total, _ in counts), sum(bad for _, bad in counts))

    def _read(self, window_ms: float, spans: Sequence[Span]) -> list[ObjectiveWindow]:
        return list(rows_in(self._ctx, ObjectiveWindow, self._now - window_ms, self._now + MINUTE_MS, spans))


def merge_next(ctx: MutationCtx) -> bool:
    """Merge the minutes of the oldest hour that is over, or else the hours of a day; return whether there was one."""
    return _merge_next(ctx, "minute", "hour", MERGED_AFTER_MS) or _merge_next(ctx, "hour", "day", DAY_AFTER_MS)


def _merge_next(ctx: MutationCtx, parts: Span, span: Span, after_ms: float) -> bool:
    start = _oldest_unmerged(ctx, parts, span)
    until = None if start is None else start + LENGTHS_MS[span]
    if start is None or until is None or until > ctx.now - after_ms:
        return False
    light = ctx.db.scan(ObjectiveWindow, "by_span", parts, since=start, before=until)
    events: dict[str, tuple[int, int]] = {}
    for objective in OBJECTIVES:
        counts = [Events(*row.events.get(objective.name, (0, 0))) for row in light]
        events[objective.name] = sum(one.total for one in counts), sum(one.bad for one in counts)
    ctx.db.insert(ObjectiveWindow(node=ALL_NODES, span=span, start=start, written_at=ctx.now, events=events))
    rows = ctx.db.scan(MetricWindow, "by_span", parts, since=start, before=until)
    functions: dict[str, Tally] = {}
    for row in rows:
        for path, calls in row.functions.items():
            functions.setdefault(path, Tally()).merge(calls)
    ctx.db.insert(
        MetricWindow(
            node=ALL_NODES,
            span=span,
            start=start,
            written_at=ctx.now,
            functions={path: tally.stored() for path, tally in functions.items()},
            updates=merged(row.updates for row in rows).stored(),
            requests=sum(row.requests for row in rows),
            request_bytes=sum(row.request_bytes for row in rows),
            refused=sum(row.refused for row in rows),
        )
    )
    return True


def _oldest_unmerged(ctx: QueryCtx, parts: Span, span: Span) -> float | None:
    """Return the beginning of the oldest hour or day that has rows of its parts and is not merged, in ms."""
    length = LENGTHS_MS[span]
    newest = ctx.db.scan(ObjectiveWindow, "by_span", span, reverse=True, limit=1)
    since = newest[0].start + length if newest else None
    first = ctx.db.scan(ObjectiveWindow, "by_span", parts, since=since, limit=1)
    return first[0].start // length * length if first else None


def drop_old(ctx: MutationCtx) -> bool:
    """Delete a batch of merged minutes older than a day, and of old hours; return whether there may be more."""
    unmerged = _oldest_unmerged(ctx, "minute", "hour")
    minutes, hours = ctx.now - DAY_MS, ctx.now - ctx.settings.retention.metrics_days * DAY_MS
    if unmerged is not None:
        minutes = min(minutes, unmerged - MINUTE_MS)
    more = [purge(ctx.db, kind, "by_span", "minute", until=minutes) for kind in (MetricWindow, ObjectiveWindow)]
    for span in ("hour", "day"):
        more += [purge(ctx.db, kind, "by_span", span, until=hours) for kind in (MetricWindow, ObjectiveWindow)]
    return any(more)


def forget_callers(ctx: MutationCtx) -> None:
    """Remove the callers that nodes which are gone have named in their last rows."""
    since, until = ctx.now - HOUR_MS, ctx.now - 2 * MINUTE_MS
    for row in ctx.db.scan(ObjectiveWindow, "by_span", "minute", since=since, until=until):
        if row.busy:
            ctx.db.patch(row, busy={})


def newest_of_nodes(ctx: QueryCtx, within_ms: float) -> list[MetricWindow]:
    """Return the newest row of each node that has written lately, by node."""
    found: dict[str, MetricWindow] = {}
    for row in ctx.db.scan(MetricWindow, "by_span", "minute", since=ctx.now - within_ms - MINUTE_MS):
        found[row.node] = row
    return [found[node] for node in sorted(found) if found[node].written_at >= ctx.now - within_ms]
