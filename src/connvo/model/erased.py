"""Digests of erased users, so that their earlier tokens create no new account.

Guarantees: the digests do not reveal the user. Their key is stored beside them rather than taken from the database's
secret, so that an export to another database includes it.
"""

import hashlib
import hmac

from connvo.kernel.identity import Identity
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.erased import ErasedSubject

DAY_MS = 86_400_000.0
# The longest lifetime of a token of `connvo token`, and a day for clock skew.
KEPT_MS = 367 * DAY_MS
KEY_BITS = 256
MAX_ROWS = 100


def note_erased(ctx: MutationCtx, token_identifier: str) -> None:
    """Record that a subject was erased: its tokens issued until now create no account."""
    key = _key(ctx) or f"{ctx.random.getrandbits(KEY_BITS):0{KEY_BITS // 4}x}"
    digest = _digest(key, token_identifier)
    for earlier in _rows(ctx, digest):
        ctx.db.delete(earlier)
    ctx.db.insert(ErasedSubject(key=key, digest=digest, erased_at=ctx.now, expires_at=ctx.now + KEPT_MS))


def erased_at(ctx: QueryCtx, identity: Identity) -> float | None:
    """Return when a token's subject was last erased, or None."""
    key = _key(ctx)
    if key is None:
        return None
    return max((row.erased_at for row in _rows(ctx, _digest(key, identity.token_identifier))), default=None)


def _key(ctx: QueryCtx) -> str | None:
    any_row = ctx.db.scan(ErasedSubject, "by_expiry", limit=1)
    return any_row[0].key if any_row else None


def _rows(ctx: QueryCtx, digest: str) -> list[ErasedSubject]:
    return ctx.db.scan(ErasedSubject, "by_digest", digest, limit=MAX_ROWS)


def _digest(key: str, token_identifier: str) -> str:
    return hmac.new(bytes.fromhex(key), token_identifier.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
