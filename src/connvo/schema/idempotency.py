"""Store results, so that a repeated request gets the same one."""

from typing import NewType

from connvo.store.schema import Document, table

from .users import UserId

IdempotencyKeyId = NewType("IdempotencyKeyId", str)


@table(
    "idempotencyKeys",
    10018,
    id_type=IdempotencyKeyId,
    owner="user_id",
    indexes={"by_key": ("user_id", "scope", "key"), "by_expiry": ("expires_at",)},
    retention="deleted within an hour after it expires",
)
class IdempotencyKey(Document, frozen=True, kw_only=True):
    """One stored result; (user, scope, key) is unique.

    `result` is JSON, `payload_hash` a SHA-256 in hexadecimal, times in ms.
    """

    id: IdempotencyKeyId = IdempotencyKeyId("")
    user_id: UserId
    scope: str
    key: str
    payload_hash: str
    result: str
    expires_at: float
    created_at: float
