"""Reads of the caller's settings."""

from connvo.model.access import require_user
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query
from connvo.runtime.wire import Result
from connvo.schema.preferences import UserSettings, UserSettingsId
from connvo.schema.users import UserId


class SavedSettings(Result, frozen=True, kw_only=True):
    """A user's settings. Times in milliseconds."""

    id: UserSettingsId
    user_id: UserId
    email_notifications: bool
    push_notifications: bool
    sms_notifications: bool
    profile_visibility: bool
    data_sharing: bool
    activity_tracking: bool
    created_at: float
    updated_at: float


@query
def get_current_user_settings(ctx: QueryCtx) -> SavedSettings | None:
    """Return the caller's settings; null if none were saved and the defaults apply."""
    user = require_user(ctx)
    saved = ctx.db.first(UserSettings, "by_user", user.id)
    if saved is None:
        return None
    return SavedSettings.from_row(saved)
