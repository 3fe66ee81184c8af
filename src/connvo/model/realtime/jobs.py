"""Periodic deletion of registrations that are over."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation

from . import registrations

MINUTE = 60.0


@every(seconds=MINUTE)
@internal_mutation
def drop_expired_subscriptions(ctx: MutationCtx) -> None:
    """Delete a batch of registrations that are over; run again at once while there are more."""
    if registrations.drop_over(ctx):
        ctx.scheduler.run_after(0, drop_expired_subscriptions)
