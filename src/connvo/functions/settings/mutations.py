"""Changes to the caller's settings."""

from connvo.model.access import require_user
from connvo.model.audit import audit, named
from connvo.model.matching import entries
from connvo.model.meetings.cards import show_again
from connvo.model.users.change_rate import charge_rate_limit
from connvo.runtime.context import MutationCtx
from connvo.runtime.function import mutation
from connvo.schema.preferences import UserSettings, UserSettingsId


@mutation
def update_settings(
    ctx: MutationCtx,
    email_notifications: bool | None = None,
    push_notifications: bool | None = None,
    sms_notifications: bool | None = None,
    profile_visibility: bool | None = None,
    data_sharing: bool | None = None,
    activity_tracking: bool | None = None,
) -> UserSettingsId:
    """Change the given settings of the caller and return their id. Settings never given have their defaults.

    `profileVisibility` off hides the profile; `activityTracking` off stops recording when the caller was last seen. The
    other settings are stored for the features that use them.
    """
    user = require_user(ctx)
    charge_rate_limit(ctx, user.id)
    given = {
        "email_notifications": email_notifications,
        "push_notifications": push_notifications,
        "sms_notifications": sms_notifications,
        "profile_visibility": profile_visibility,
        "data_sharing": data_sharing,
        "activity_tracking": activity_tracking,
    }
    saved = ctx.db.first(UserSettings, "by_user", user.id)
    if saved is None:
        saved = ctx.db.insert(UserSettings(user_id=user.id, created_at=ctx.now, updated_at=ctx.now))
    changes = {field: flag for field, flag in given.items() if flag is not None and getattr(saved, field) != flag}
    if changes:
        ctx.db.patch(saved, **changes, updated_at=ctx.now)
        if "profile_visibility" in changes:
            show_again(ctx, user.id)
            if not profile_visibility:
                entries.hide_profile(ctx, user.id)
        audit(ctx, "settings.update", "userSettings", saved.id, user.id, fields=named(list(changes)))
    return saved.id
