"""The catalogue of interests, and who has which."""

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
    """An interest everybody can choose; `key` is unique. `usage_count` is how many people have chosen it."""

    id: InterestId = InterestId("")
    key: str
    label: str
    category: Category
    icon_name: str | None = None
    usage_count: int = 0
    created_at: float


@table("userInterests", 10004, id_type=UserInterestId, owner="user_id", indexes={"by_user": ("user_id",)})
class UserInterest(Document, frozen=True, kw_only=True):
    """A person's choice; (person, key) is unique.

    An interest of the person's own has its label here and nowhere else: nobody finds it in the catalogue.
    """

    id: UserInterestId = UserInterestId("")
    user_id: UserId
    interest_key: str
    label: str | None = None
    icon_name: str | None = None
    created_at: float
