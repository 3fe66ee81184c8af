"""Whether the caller is an operator, and the identity by which the settings would name them."""

from connvo.model.access import find_user, require_identity
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query
from connvo.runtime.wire import Result

PRIORITY: Priority = "normal"


class OperatorAccess(Result, frozen=True, kw_only=True):
    """Whether the caller is an operator, and their own identity as `CONNVO_AUTH_OPERATORS` has it: `issuer|subject`."""

    operator: bool
    identity: str


@query
def get_access(ctx: QueryCtx) -> OperatorAccess:
    """Return whether the caller is an operator, and their own identity, for `CONNVO_AUTH_OPERATORS`.

    A deactivated account is no operator.

    Raises:
        Unauthorized: The call has no token, or its sign-in was ended.
    """
    identity = require_identity(ctx)
    user = find_user(ctx)
    active = user is None or user.is_active
    return OperatorAccess(operator=identity.operator and active, identity=identity.token_identifier)
