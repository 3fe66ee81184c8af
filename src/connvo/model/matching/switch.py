"""The operator's switch: without matching on this server, its functions refuse every call."""

from connvo.kernel.errors import Forbidden, ServiceUnavailable
from connvo.model.access import organisation_of_admin, require_operator, require_user
from connvo.runtime.context import QueryCtx
from connvo.schema.users import User

OFF = "Matching is switched off on this server"
ALL = ""


def require_enabled(ctx: QueryCtx) -> None:
    """Check that matching is on.

    Raises:
        ServiceUnavailable: The operator has switched it off.
    """
    if not ctx.settings.matching.enabled:
        raise ServiceUnavailable(OFF, reason="matching_off")


def require_seeker(ctx: QueryCtx) -> User:
    """Return the caller, where matching is on.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The account is deactivated.
        ServiceUnavailable: Matching is off.
    """
    user = require_user(ctx)
    require_enabled(ctx)
    return user


def require_matching_operator(ctx: QueryCtx) -> User | None:
    """Return the operator's row, or None if they have no account, where matching is on.

    Raises:
        Unauthorized: The call has no token.
        Forbidden: The caller is not an operator.
        ServiceUnavailable: Matching is off.
    """
    operator = require_operator(ctx)
    require_enabled(ctx)
    return operator


def scope_of_caller(ctx: QueryCtx) -> str:
    """Return the organisation of which the caller may see numbers, `ALL` for operators.

    Raises:
        Unauthorized: The call has no token.
        Forbidden: The caller is neither an operator nor an admin of an organisation.
        ServiceUnavailable: Matching is off.
    """
    try:
        require_operator(ctx)
    except Forbidden:
        user, organisation = require_user(ctx), organisation_of_admin(ctx)
        if organisation is None or organisation != user.org_id:
            raise
        require_enabled(ctx)
        return organisation
    require_enabled(ctx)
    return ALL
