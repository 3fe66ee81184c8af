"""Accounts: found, deactivated and erased by operators."""

from connvo.kernel.errors import Forbidden
from connvo.model.access import require_operator
from connvo.model.audit import audit
from connvo.model.operators import users
from connvo.rules.monitoring.shedding import Priority
from connvo.rules.users import is_placeholder
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.wire import Result
from connvo.schema.users import User, UserId

PRIORITY: Priority = "normal"


class Account(Result, frozen=True, kw_only=True):
    """An account; times in ms."""

    id: UserId
    display_name: str | None = None
    email: str | None = None
    org_id: str | None = None
    is_active: bool
    created_at: float
    last_seen_at: float | None = None


@query
def find_users(ctx: QueryCtx, text: str) -> list[Account]:
    """Return up to 50 accounts with an id or address, or whose name contains a text, the newest first. For operators.

    Names are searched in the newest 5,000 accounts.
    """
    require_operator(ctx)
    return [_account(user) for user in users.search(ctx, text)]


@mutation
def set_user_active(ctx: MutationCtx, user_id: UserId, active: bool) -> None:
    """Deactivate an account at once, or activate it again. For operators; it is audited.

    Raises:
        Forbidden: It is the operator's own account.
        Invalid: It is so already.
        NotFound: There is no such account, or it has been erased.
    """
    operator = require_operator(ctx)
    _refuse_own(operator, user_id)
    users.set_active(ctx, users.require_account(ctx, user_id), active, None if operator is None else operator.id)


@mutation
def erase_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Erase an account with everything that is the user's alone; a job does it. For operators; it is audited.

    The account is closed at once. Traces in the commit log go with its retention; `connvo erase` purges them at once.

    Raises:
        Forbidden: It is the operator's own account.
        NotFound: There is no such account, or it has been erased.
    """
    operator = require_operator(ctx)
    _refuse_own(operator, user_id)
    user = users.require_account(ctx, user_id)
    actor = None if operator is None else operator.id
    if user.is_active:
        users.set_active(ctx, user, False, actor)
    audit(ctx, "user.erase_begun", "users", user.id, actor)
    ctx.scheduler.run_after(0, users.erase_account, user_id=user.id)


def _refuse_own(operator: User | None, user_id: UserId) -> None:
    if operator is not None and operator.id == user_id:
        raise Forbidden("Do this to your own account in the menu of your account", userId=user_id)


def _account(user: User) -> Account:
    address = None if not user.email or is_placeholder(user.email) else user.email
    return Account.from_row(user, email=address)
