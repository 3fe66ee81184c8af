"""People's preferences."""

from typing import NewType

from connvo.store.schema import Document, table

from .users import UserId

UserSettingsId = NewType("UserSettingsId", str)


@table("userSettings", 10005, id_type=UserSettingsId, owner="user_id", indexes={"by_user": ("user_id",)})
class UserSettings(Document, frozen=True, kw_only=True):
    """One per person who ever changed any; the defaults hold for everybody else.

    `profile_visibility` lets every signed-in person read the profile; `activity_tracking` lets the server note when
    the person was last seen.
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
