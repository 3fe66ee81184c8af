"""Where audited calls came from: address and user agent, apart from the rows, so that they can go earlier.

Guarantees: a row holds a salted digest alone, so deleting a source leaves no trace of it and breaks no seal.
"""

import hashlib

import msgspec

from connvo.kernel.clock import MS
from connvo.runtime.context import MutationCtx
from connvo.runtime.origins import Origin
from connvo.schema.audit import AuditSource
from connvo.schema.users import UserId

SALT_BYTES = 16
# A source serves the rows of a day, so that each row's source is kept about as long as the settings say.
DAY_MS = 24 * 3600 * MS


def source_of(ctx: MutationCtx, user_id: UserId | None, origin: Origin) -> str | None:
    """Return the digest of the source of a user's call, and store the source; None if nothing is known of it."""
    address, agent = origin.address, origin.agent
    if address is None and agent is None:
        return None
    day = int(ctx.now // DAY_MS)
    known = ctx.db.first(AuditSource, "by_origin", user_id, address, agent, day)
    if known is not None:
        return known.digest
    salt = ctx.random.randbytes(SALT_BYTES).hex()
    digest = digest_of(salt, address, agent)
    ctx.db.insert(AuditSource(user_id=user_id, address=address, agent=agent, day=day, salt=salt, digest=digest))
    return digest


def digest_of(salt: str, address: str | None, agent: str | None) -> str:
    """Return the digest of a source."""
    return hashlib.sha256(msgspec.json.encode([salt, address, agent])).hexdigest()
