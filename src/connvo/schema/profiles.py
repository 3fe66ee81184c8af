"""Store the profiles of users."""

from typing import NewType

from connvo.rules.profiles import Gender
from connvo.store.schema import Document, table

from .users import UserId

ProfileId = NewType("ProfileId", str)


@table("profiles", 10002, id_type=ProfileId, owner="user_id", indexes={"by_user": ("user_id",)})
class Profile(Document, frozen=True, kw_only=True):
    """The profile of a user; the name is stored in the user row alone."""

    id: ProfileId = ProfileId("")
    user_id: UserId
    bio: str | None = None
    goals: str | None = None
    languages: tuple[str, ...] = ()
    experience: str | None = None
    age: int | None = None
    gender: Gender | None = None
    field: str | None = None
    job_title: str | None = None
    company: str | None = None
    linkedin_url: str | None = None
    created_at: float
    updated_at: float
