"""Store the preferences of users."""

from typing import NewType

from connvo.store.schema import Document, table

from .users import UserId

UserSettingsId = NewType("UserSettingsId", str)


@table("userSettings", 10005, id_type=UserSettingsId, owner="user_id", indexes={"by_user": ("user_id",)})
class UserSettings(Document, frozen=True, kw_only=True):
    """The preferences of a user who has changed any; the defaults apply to every other user.

    `profile_visibility` allows every signed-in user to read the profile. `activity_tracking` allows the server to
    record when the user was last seen.
    """

    id: UserSettingsId = UserSettingsId("")
    user_id: UserId
    email_notifications: bool = True
    push_notifications: bool = True
    sms_notifications: bool = False
    profile_visibility: bool = True
    data_sharing: bool = False
    activity_tracking: bool = True
    created_at: float
    updated_at: float
