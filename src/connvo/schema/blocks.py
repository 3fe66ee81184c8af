"""Store which users have blocked which others."""

from typing import NewType

from connvo.store.schema import Document, table

from .users import UserId

UserBlockId = NewType("UserBlockId", str)


@table(
    "userBlocks",
    10026,
    id_type=UserBlockId,
    owner="user_id",
    indexes={"by_pair": ("user_id", "blocked_user_id"), "by_blocked": ("blocked_user_id",)},
    retention="until it is removed",
)
class UserBlock(Document, frozen=True, kw_only=True):
    """A block of one user by another, of which the blocked user is not told; the pair is unique."""

    id: UserBlockId = UserBlockId("")
    user_id: UserId
    blocked_user_id: UserId
    created_at: float
