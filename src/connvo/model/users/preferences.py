"""A user's saved settings, or the defaults."""

from connvo.runtime.context import QueryCtx
from connvo.schema.preferences import UserSettings
from connvo.schema.users import UserId


def settings_of(ctx: QueryCtx, user_id: UserId) -> UserSettings:
    """Return a user's settings; the defaults have no id."""
    saved = ctx.db.first(UserSettings, "by_user", user_id)
    return saved or UserSettings(user_id=user_id, created_at=ctx.now, updated_at=ctx.now)


def shows_profile(ctx: QueryCtx, user_id: UserId) -> bool:
    """Return whether every signed-in user may read a user's profile. Does not depend on the time."""
    saved = ctx.db.first(UserSettings, "by_user", user_id)
    return saved is None or saved.profile_visibility
