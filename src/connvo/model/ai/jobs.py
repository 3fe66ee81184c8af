"""Periodic deletion of old token counts."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation

from . import usage

DAY = 86_400.0


@every(seconds=DAY)
@internal_mutation
def drop_old_usage(ctx: MutationCtx) -> None:
    """Delete a batch of old token counts; run again while there are more."""
    if usage.drop_old(ctx):
        ctx.scheduler.run_after(0, drop_old_usage)
