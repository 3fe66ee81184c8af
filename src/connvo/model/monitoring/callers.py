"""Callers of monitoring: users, and operators, who need no account."""

from connvo.kernel.identity import Identity
from connvo.model.access import require_identity, require_operator, require_user
from connvo.runtime.context import QueryCtx
from connvo.schema.users import User


def require_caller(ctx: QueryCtx) -> tuple[Identity, User | None]:
    """Return the caller's identity and row; an operator needs no row.

    Raises:
        Forbidden: The account is deactivated.
        Unauthorized: The call has no token, or a caller who is no operator has no account.
    """
    identity = require_identity(ctx)
    return identity, require_operator(ctx) if identity.operator else require_user(ctx)
