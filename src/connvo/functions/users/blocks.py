"""Blocking: the people from whom the caller wants no invitations. Beside the documented API.

The blocked person is not told: their calls are answered as before.
"""

import msgspec

from connvo.kernel.errors import Conflict, Invalid, NotFound
from connvo.model import blocks
from connvo.model.access import require_user
from connvo.model.users.change_rate import charge_rate_limit
from connvo.model.users.visibility import may_see
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query, rechecked
from connvo.runtime.wire import Result
from connvo.schema.users import User, UserId


class BlockedUser(Result, frozen=True, kw_only=True):
    """A person whom the caller has blocked; without a name where the profile is closed to the caller. Time in ms."""

    user_id: UserId
    display_name: str | None = None
    created_at: float


@mutation
def block_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Hide a person's invitations from the caller, and the caller's private profile from the person.

    Raises:
        Invalid: It is the caller.
        NotFound: There is no such user.
        Conflict: The caller has blocked a thousand people.
    """
    caller = require_user(ctx)
    if user_id == caller.id:
        raise Invalid("You cannot block yourself", "userId")
    if ctx.db.get(User, user_id) is None:
        raise NotFound("User", user_id)
    charge_rate_limit(ctx, caller.id)
    if len(blocks.blocks_of(ctx, caller.id)) >= blocks.MAX_BLOCKS:
        raise Conflict(f"At most {blocks.MAX_BLOCKS} people can be blocked", limit=blocks.MAX_BLOCKS)
    blocks.block(ctx, caller.id, user_id)


@mutation
def unblock_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Take a block back; nothing happens to a person who is not blocked."""
    caller = require_user(ctx)
    charge_rate_limit(ctx, caller.id)
    blocks.unblock(ctx, caller.id, user_id)


def _names_of_now(ctx: QueryCtx, found: list[BlockedUser], **_asked: object) -> list[BlockedUser]:
    """Leave out the names in a list of the past that are closed to the caller now."""
    caller = require_user(ctx)
    people = [(one, ctx.db.get(User, one.user_id)) for one in found]
    return [
        one if user is not None and may_see(ctx, caller, user) else msgspec.structs.replace(one, display_name=None)
        for one, user in people
    ]


@rechecked(_names_of_now)
@query
def list_blocked_users(ctx: QueryCtx) -> list[BlockedUser]:
    """Return the people whom the caller has blocked."""
    caller = require_user(ctx)
    return [
        BlockedUser(
            user_id=one.blocked_user_id,
            display_name=None if user is None or not may_see(ctx, caller, user) else user.display_name,
            created_at=one.created_at,
        )
        for one in blocks.blocks_of(ctx, caller.id)
        for user in [ctx.db.get(User, one.blocked_user_id)]
    ]
