"""Store the catalogue of interests, and the choices of users."""

from typing import NewType

from connvo.rules.interests import Category
from connvo.store.schema import Document, table

from .users import UserId

InterestId = NewType("InterestId", str)
UserInterestId = NewType("UserInterestId", str)


@table(
    "interests",
    10003,
    id_type=InterestId,
    indexes={"by_key": ("key",), "by_category": ("category",)},
    retention="kept",
)
class Interest(Document, frozen=True, kw_only=True):
    """An interest that every user can choose; `key` is unique; `usage_count` is how many users have chosen it."""

    id: InterestId = InterestId("")
    key: str
    label: str
    category: Category
    icon_name: str | None = None
    usage_count: int = 0
    created_at: float


@table("userInterests", 10004, id_type=UserInterestId, owner="user_id", indexes={"by_user": ("user_id",)})
class UserInterest(Document, frozen=True, kw_only=True):
    """A user's choice; (user, key) is unique.

    An interest that the user wrote has its label here alone; it is not in the catalogue.
    """

    id: UserInterestId = UserInterestId("")
    user_id: UserId
    interest_key: str
    label: str | None = None
    icon_name: str | None = None
    created_at: float
