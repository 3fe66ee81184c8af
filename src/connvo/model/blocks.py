"""Whom people have blocked. The blocked are not told: what they do is answered as before, and goes nowhere."""

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.blocks import UserBlock
from connvo.schema.users import UserId

MAX_BLOCKS = 1_000


def find_block(ctx: QueryCtx, user_id: UserId, blocked_user_id: UserId) -> UserBlock | None:
    """Return the block of one user by another, or None."""
    return ctx.db.first(UserBlock, "by_pair", user_id, blocked_user_id)


def is_blocked(ctx: QueryCtx, user_id: UserId, other_id: UserId | None) -> bool:
    """Return whether a user has blocked another one."""
    return other_id is not None and find_block(ctx, user_id, other_id) is not None


def blocks_of(ctx: QueryCtx, user_id: UserId) -> list[UserBlock]:
    """Return the blocks of a user, in the order of the blocked ids."""
    return ctx.db.scan(UserBlock, "by_pair", user_id, limit=MAX_BLOCKS)


def block(ctx: MutationCtx, user_id: UserId, blocked_user_id: UserId) -> None:
    """Block a user. Nothing happens to one who is blocked already."""
    if not is_blocked(ctx, user_id, blocked_user_id):
        ctx.db.insert(UserBlock(user_id=user_id, blocked_user_id=blocked_user_id, created_at=ctx.now))


def unblock(ctx: MutationCtx, user_id: UserId, blocked_user_id: UserId) -> None:
    """Take a block back, if there is one."""
    held = find_block(ctx, user_id, blocked_user_id)
    if held is not None:
        ctx.db.delete(held)
