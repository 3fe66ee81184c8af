"""Idempotency keys: a request repeated with its key runs once and returns the same result.

Guarantees: a key belongs to one user and one scope, so no user gets the result of another. Keys expire after `TTL_MS`.
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
    """Return the result of `run`, or its earlier result for the same key and payload of this user.

    Without a key it always runs. A run voids the user's earlier keys of this scope, whose results describe a past
    state. Sending an older request again therefore runs it again.

    Raises:
        Conflict: The key was used with another payload.
        Invalid: The key does not have 1 to 200 characters.
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
            raise Conflict("This idempotencyKey was used with another payload: use a new key", field="idempotencyKey")
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
    """Return a valid key unchanged.

    Raises:
        Invalid: The key does not have 1 to 200 characters.
    """
    if not 1 <= len(key) <= KEY_LENGTH:
        raise Invalid(f"idempotencyKey must have 1 to {KEY_LENGTH} characters", "idempotencyKey")
    return key


def _forget(ctx: MutationCtx, user_id: UserId, scope: str) -> None:
    for known in ctx.db.scan(IdempotencyKey, "by_key", user_id, scope):
        ctx.db.delete(known)
