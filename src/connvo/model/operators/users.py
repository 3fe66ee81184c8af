"""Accounts, as operators find, deactivate and erase them."""

from connvo.kernel.errors import Invalid, NotFound
from connvo.model.audit import audit
from connvo.model.deactivation import deactivate
from connvo.model.erasure import close_account, erasable_tables, erase_step, finish_erasure, is_erased, token_of
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import internal_action, internal_mutation, lasting
from connvo.runtime.request_dedup import trim_records
from connvo.runtime.wire import PaginationOptions
from connvo.schema.users import User, UserId
from connvo.store.schema import BY_CREATION

MAX_FOUND = 50
# Names have no index: as many accounts are looked at, the newest first.
MAX_LOOKED_AT = 5_000
BATCH = 500
HOUR = 3_600.0


def search(ctx: QueryCtx, text: str) -> list[User]:
    """Return the accounts with an id or address, or whose name contains a text; the newest first."""
    wanted = " ".join(text.split()).casefold()
    if not wanted:
        return []
    exact = ctx.db.get(User, text.strip())
    if exact is not None:
        return [exact]
    by_address = ctx.db.scan(User, "by_email", wanted, limit=MAX_FOUND)
    if by_address:
        return by_address
    newest = ctx.db.scan(User, BY_CREATION, reverse=True, limit=MAX_LOOKED_AT)
    return [user for user in newest if wanted in (user.display_name or "").casefold()][:MAX_FOUND]


def require_account(ctx: QueryCtx, user_id: UserId) -> User:
    """Return an account.

    Raises:
        NotFound: There is no such account, or it has been erased.
    """
    user = ctx.db.get(User, user_id)
    if user is None or is_erased(user):
        raise NotFound("User", user_id)
    return user


def set_active(ctx: MutationCtx, user: User, active: bool, operator: UserId | None) -> None:
    """Deactivate an account, which leaves every meeting and is matched no more, or activate it again.

    Raises:
        Invalid: It is so already.
    """
    if user.is_active == active:
        raise Invalid(f"This account is {'active' if active else 'deactivated'} already", "userId")
    if active:
        ctx.db.patch(user, is_active=True, updated_at=ctx.now)
    else:
        deactivate(ctx, user)
    audit(ctx, "user.reactivate" if active else "user.deactivate", "users", user.id, operator)


@lasting(lambda settings: HOUR)
@internal_action
async def erase_account(ctx: ActionCtx, user_id: UserId) -> None:
    """Erase an account in steps, as `connvo erase` does. A run that was stopped is begun again without harm.

    Traces in the commit log and the files go with the log's retention; `connvo erase` purges them at once.
    """
    asker = await ctx.run_query(token_of, user_id=user_id)
    while not await ctx.run_mutation(close_account, user_id=user_id):
        pass
    deleted = 0
    for table in erasable_tables():
        deleted += await _erase_table(ctx, user_id, table)
    while await ctx.run_mutation(drop_receipts, asker=asker):
        pass
    await ctx.run_mutation(finish_erasure, user_id=user_id, deleted=float(deleted))


async def _erase_table(ctx: ActionCtx, user_id: UserId, table: str) -> int:
    deleted, cursor = 0, None
    while True:
        options = PaginationOptions(num_items=0, cursor=cursor)
        step = await ctx.run_mutation(erase_step, user_id=user_id, table=table, pagination_opts=options)
        deleted += step.deleted
        if step.done:
            return deleted
        cursor = step.cursor or None


@internal_mutation
def drop_receipts(ctx: MutationCtx, asker: str) -> bool:
    """Delete a batch of an account's idempotency records; return whether there may be more."""
    return trim_records(ctx.db, asker, 0, BATCH) > 0
