"""Public data of members."""

from connvo.runtime.wire import Result
from connvo.schema.users import User, UserId


class UserCard(Result, frozen=True, kw_only=True):
    """The public data of a member."""

    id: UserId
    display_name: str | None = None
    avatar_url: str | None = None


def card_of(user: User) -> UserCard:
    """Return the public data of a user who has been in the meeting."""
    return UserCard(id=user.id, display_name=user.display_name, avatar_url=user.avatar_url)
