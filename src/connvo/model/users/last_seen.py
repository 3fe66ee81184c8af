"""The time a user was last seen, recorded at most once per `INTERVAL_MS` and only with the user's permission."""

from connvo.runtime.context import MutationCtx
from connvo.schema.users import User

from .preferences import settings_of

INTERVAL_MS = 60_000.0


def seen_now(ctx: MutationCtx, user: User) -> User:
    """Update the time a user was last seen if that is due; return the user."""
    if user.last_seen_at is not None and ctx.now - user.last_seen_at < INTERVAL_MS:
        return user
    if not settings_of(ctx, user.id).activity_tracking:
        return user
    return ctx.db.patch(user, last_seen_at=ctx.now)
