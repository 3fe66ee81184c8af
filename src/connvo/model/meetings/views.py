"""What members see of each other."""

from connvo.runtime.wire import Result
from connvo.schema.users import User, UserId


class UserCard(Result, frozen=True, kw_only=True):
    """What members see of each other."""

    id: UserId
    display_name: str | None = None
    avatar_url: str | None = None


def card_of(user: User) -> UserCard:
    """Return what members see of a person who has been in their meeting."""
    return UserCard(id=user.id, display_name=user.display_name, avatar_url=user.avatar_url)
