"""When somebody was last seen: noted at most once a minute, and only for people who allow it."""

from connvo.runtime.context import MutationCtx
from connvo.schema.users import User

from .preferences import settings_of

INTERVAL_MS = 60_000.0


def seen_now(ctx: MutationCtx, user: User) -> User:
    """Return the row, with the time in it when it was due."""
    if user.last_seen_at is not None and ctx.now - user.last_seen_at < INTERVAL_MS:
        return user
    if not settings_of(ctx, user.id).activity_tracking:
        return user
    return ctx.db.patch(user, last_seen_at=ctx.now)
