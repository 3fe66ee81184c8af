"""Blocking: users whose invitations the caller does not want. Beside the documented API.

A blocked user is not told: their calls get the same answers as before.
"""

import msgspec

from connvo.kernel.errors import Conflict, Invalid, NotFound
from connvo.model import blocks
from connvo.model.access import require_user
from connvo.model.audit import audit
from connvo.model.matching import proposals
from connvo.model.users.change_rate import charge_rate_limit
from connvo.model.users.visibility import may_see
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query, rechecked
from connvo.runtime.wire import Result
from connvo.schema.users import User, UserId


class BlockedUser(Result, frozen=True, kw_only=True):
    """A user whom the caller has blocked. No name if the profile is closed to the caller. Time in milliseconds."""

    user_id: UserId
    display_name: str | None = None
    created_at: float


@mutation
def block_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Block a user: hide their invitations from the caller, and the caller's private profile from them.

    The two are not matched any more, and a match that has not led to a call ends.

    Raises:
        Conflict: The caller has blocked a thousand users.
        Invalid: The user is the caller.
        NotFound: There is no such user.
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
    audit(ctx, "user.block", "users", user_id, caller.id)
    proposals.part(ctx, caller.id, user_id)


@mutation
def unblock_user(ctx: MutationCtx, user_id: UserId) -> None:
    """Unblock a user. Does nothing if the user is not blocked."""
    caller = require_user(ctx)
    charge_rate_limit(ctx, caller.id)
    blocks.unblock(ctx, caller.id, user_id)
    audit(ctx, "user.unblock", "users", user_id, caller.id)


def _names_of_now(ctx: QueryCtx, found: list[BlockedUser], **_asked: object) -> list[BlockedUser]:
    """Remove from a past result the names that are closed to the caller now."""
    caller = require_user(ctx)
    people = [(one, ctx.db.get(User, one.user_id)) for one in found]
    return [
        one if user is not None and may_see(ctx, caller, user) else msgspec.structs.replace(one, display_name=None)
        for one, user in people
    ]


@rechecked(_names_of_now)
@query
def list_blocked_users(ctx: QueryCtx) -> list[BlockedUser]:
    """Return the users whom the caller has blocked."""
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
