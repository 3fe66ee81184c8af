"""Periodic work on measurements: merge hours and days, delete what is old, forget callers."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation

from . import custom_metrics, windows

MINUTE, HOUR = 60.0, 3_600.0


@every(seconds=5 * MINUTE)
@internal_mutation
def merge_hours(ctx: MutationCtx) -> None:
    """Merge the minutes of an hour or the hours of a day; run again at once while there are more."""
    if windows.merge_next(ctx):
        ctx.scheduler.run_after(0, merge_hours)


@every(seconds=HOUR)
@internal_mutation
def drop_old_measurements(ctx: MutationCtx) -> None:
    """Delete a batch of old measurements and metrics; run again at once while there are more."""
    old = windows.drop_old(ctx)
    if custom_metrics.drop_old(ctx) or old:
        ctx.scheduler.run_after(0, drop_old_measurements)


@every(seconds=MINUTE)
@internal_mutation
def forget_busy_callers(ctx: MutationCtx) -> None:
    """Remove the callers whom nodes that are gone have named."""
    windows.forget_callers(ctx)
