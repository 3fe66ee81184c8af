"""Extend a registration that holds, and note the loss of a right in the audit trail."""

from connvo.model.access import require_user
from connvo.model.audit import audit
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import internal_mutation

from . import registrations
from .views import Validation, validation_of

RESOURCE = "subscriptions"


@internal_mutation
def extend_or_log(ctx: MutationCtx, subscription_id: str) -> Validation:
    """Extend a registration of the caller if it holds; drop it and record the loss if its right is lost."""
    user = require_user(ctx)
    row = registrations.find(ctx, user.id, subscription_id)
    found = validation_of(ctx, row)
    if row is not None and found.valid:
        row = ctx.db.patch(row, valid_until=ctx.now + registrations.VALID_MS)
        return validation_of(ctx, row)
    if row is not None and found.reason == "FORBIDDEN":
        kind, lost = row.resource_type, row.resource_id
        audit(ctx, "subscription.right_lost", RESOURCE, row.id, user.id, resourceType=kind, resourceId=lost)
        ctx.db.delete(row)
    return found
