"""Lookup of accounts by display name, for operators."""

from connvo.rules.users import is_placeholder
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import internal_query
from connvo.runtime.wire import PaginationOptions, Result
from connvo.schema.users import User, UserId
from connvo.store.schema import BY_CREATION

PAGE = 500


class KnownAccount(Result, frozen=True, kw_only=True):
    """An account as an operator sees it; `email` is absent if the user has none."""

    id: UserId
    name: str | None = None
    email: str | None = None


class AccountPage(Result, frozen=True, kw_only=True):
    """The matches within one page of accounts. `cursor` continues after the page, until `done`."""

    accounts: list[KnownAccount]
    cursor: str
    done: bool


@internal_query
def accounts_named(ctx: QueryCtx, name: str, pagination_opts: PaginationOptions) -> AccountPage:
    """Return the accounts with a name within the next page of all accounts, ignoring case."""
    wanted = " ".join(name.split()).casefold()
    page = ctx.db.paginate(User, BY_CREATION, cursor=pagination_opts.cursor, size=PAGE)
    found = [_account(user) for user in page.items if (user.display_name or "").casefold() == wanted]
    return AccountPage(accounts=found, cursor=page.cursor, done=page.done)


@internal_query
def account_of(ctx: QueryCtx, user_id: UserId) -> KnownAccount:
    """Return the name and address of an account; for an unknown one, the id alone."""
    user = ctx.db.get(User, user_id)
    return KnownAccount(id=user_id) if user is None else _account(user)


def _account(user: User) -> KnownAccount:
    return KnownAccount(id=user.id, name=user.display_name, email=None if is_placeholder(user.email) else user.email)
