"""A request repeated with its key is done once and answered twice.

Keys belong to one person and one scope, so nobody meets another's answer. They are kept for a day.
"""

import hashlib
from collections.abc import Callable
from typing import TypeVar

import msgspec

from connvo.kernel.errors import Conflict, Invalid
from connvo.runtime.context import MutationCtx
from connvo.schema.idempotency import IdempotencyKey
from connvo.schema.users import UserId

TTL_MS = 24 * 3_600_000.0
KEY_LENGTH = 200

R = TypeVar("R")


def once(
    ctx: MutationCtx,
    user_id: UserId,
    scope: str,
    key: str | None,
    payload: object,
    answer: type[R],
    run: Callable[[], R],
) -> R:
    """Return what `run` returns, or returned when this person sent the same key and payload before.

    Without a key it always runs. A run makes the person's earlier keys of this scope void: what they answered describes
    a state that is no more, so sending an older request again does it again.

    Raises:
        Conflict: The payload differs from the one the key was used with.
        Invalid: For a key that is not 1 to 200 characters long.
    """
    if key is None:
        result = run()
        _forget(ctx, user_id, scope)
        return result
    checked_key(key)
    digest = hashlib.sha256(msgspec.json.encode(payload, order="sorted")).hexdigest()
    known = ctx.db.first(IdempotencyKey, "by_key", user_id, scope, key)
    if known is not None and known.expires_at > ctx.now:
        if known.payload_hash != digest:
            raise Conflict("This idempotencyKey was used with other content; use a new one", field="idempotencyKey")
        return msgspec.json.decode(known.result, type=answer)
    result = run()
    _forget(ctx, user_id, scope)
    ctx.db.insert(
        IdempotencyKey(
            user_id=user_id,
            scope=scope,
            key=key,
            payload_hash=digest,
            result=msgspec.json.encode(result).decode(),
            expires_at=ctx.now + TTL_MS,
            created_at=ctx.now,
        )
    )
    return result


def checked_key(key: str) -> str:
    """Return a key as it is.

    Raises:
        Invalid: Unless it has 1 to 200 characters.
    """
    if not 1 <= len(key) <= KEY_LENGTH:
        raise Invalid(f"idempotencyKey needs 1 to {KEY_LENGTH} characters", "idempotencyKey")
    return key


def _forget(ctx: MutationCtx, user_id: UserId, scope: str) -> None:
    for known in ctx.db.scan(IdempotencyKey, "by_key", user_id, scope):
        ctx.db.delete(known)
