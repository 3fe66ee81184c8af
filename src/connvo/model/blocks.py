"""Blocks between users. Blocked users are not told: their calls succeed as before, without effect."""

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.blocks import UserBlock
from connvo.schema.users import UserId

MAX_BLOCKS = 1_000


def find_block(ctx: QueryCtx, user_id: UserId, blocked_user_id: UserId) -> UserBlock | None:
    """Return the block of one user by another, or None."""
    return ctx.db.first(UserBlock, "by_pair", user_id, blocked_user_id)


def is_blocked(ctx: QueryCtx, user_id: UserId, other_id: UserId | None) -> bool:
    """Return whether a user has blocked another user."""
    return other_id is not None and find_block(ctx, user_id, other_id) is not None


def blocks_of(ctx: QueryCtx, user_id: UserId) -> list[UserBlock]:
    """Return a user's blocks, ordered by the ids of the blocked users."""
    return ctx.db.scan(UserBlock, "by_pair", user_id, limit=MAX_BLOCKS)


def block(ctx: MutationCtx, user_id: UserId, blocked_user_id: UserId) -> None:
    """Block a user; does nothing if they are blocked already."""
    if not is_blocked(ctx, user_id, blocked_user_id):
        ctx.db.insert(UserBlock(user_id=user_id, blocked_user_id=blocked_user_id, created_at=ctx.now))


def unblock(ctx: MutationCtx, user_id: UserId, blocked_user_id: UserId) -> None:
    """Delete a block, if there is one."""
    held = find_block(ctx, user_id, blocked_user_id)
    if held is not None:
        ctx.db.delete(held)
