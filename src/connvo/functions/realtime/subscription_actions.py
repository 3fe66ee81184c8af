"""Validation of registrations that writes."""

import math

from connvo.kernel.errors import Invalid
from connvo.model.realtime.keeping import extend_or_log
from connvo.model.realtime.views import Validation
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action

PRIORITY: Priority = "high"


@action
async def validate_and_log_subscription(ctx: ActionCtx, subscription_id: str, last_validated: float) -> Validation:
    """Validate a registration of the caller, and extend it by ten minutes if it holds.

    If the caller may no longer read the resource, the registration is dropped and the loss is recorded in the audit
    trail. `lastValidated` has no effect.

    Raises:
        Invalid: `lastValidated` is not a number.
        Unauthorized: The caller has no account.
    """
    if not math.isfinite(last_validated):
        raise Invalid("A time needs to be a number", "lastValidated")
    return await ctx.run_mutation(extend_or_log, subscription_id=subscription_id)
