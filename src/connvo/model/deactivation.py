"""Deactivation of an account, by its user, an admin, an operator, or as the first step of erasure."""

from connvo.runtime.context import MutationCtx
from connvo.schema.users import User

from .matching import proposals
from .membership.leaving import leave_everywhere


def deactivate(ctx: MutationCtx, user: User) -> None:
    """Close an account in this transaction: it is matched no more, and leaves every meeting that is not over.

    Later calls of the user are refused.
    """
    if user.is_active:
        ctx.db.patch(user, is_active=False, updated_at=ctx.now)
    proposals.withdraw(ctx, user.id)
    leave_everywhere(ctx, user.id)
