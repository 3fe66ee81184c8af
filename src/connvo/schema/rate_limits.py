"""Store the rate limits of users."""

from typing import NewType

from connvo.store.schema import Document, table

from .users import UserId

RateLimitId = NewType("RateLimitId", str)


@table(
    "rateLimits",
    10017,
    id_type=RateLimitId,
    owner="user_id",
    indexes={"by_bucket": ("user_id", "action", "scope"), "by_full": ("full_at",)},
    retention="until the bucket is full again",
)
class RateLimit(Document, frozen=True, kw_only=True):
    """One token bucket per user, action and scope (such as a meeting); a full one has no row; times in ms."""

    id: RateLimitId = RateLimitId("")
    user_id: UserId
    action: str
    scope: str
    tokens: float
    updated_at: float
    full_at: float
