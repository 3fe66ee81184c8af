"""Rate limits: a token bucket for each user, action and scope.

Guarantees: a charge is part of the caller's transaction, so a call that fails for any reason costs nothing.
"""

import math

from connvo.kernel.errors import RateLimited
from connvo.rules.token_bucket import full_after_ms, take
from connvo.runtime.context import MutationCtx
from connvo.schema.rate_limits import RateLimit
from connvo.schema.users import UserId
from connvo.store.purging import purge

MS = 1000.0
MAX_SKEW_MS = 10_000.0  # maximum difference between the clocks of nodes
# `full_at` is rounded up to this, so that a charge seldom moves a bucket in the index.
PURGE_STEP_MS = 60_000.0


def charge(
    ctx: MutationCtx, user_id: UserId, action: str, scope: str, burst: float, rate: float, cost: float = 1.0
) -> float:
    """Charge a call, or `cost` calls, to a bucket of `burst` that refills at `rate` per second; return what is left.

    Raises:
        RateLimited: The bucket holds too few tokens.
    """
    held = ctx.db.first(RateLimit, "by_bucket", user_id, action, scope)
    ahead = 0.0 if held is None else held.updated_at - ctx.now
    if held is None or ahead > MAX_SKEW_MS:
        held_tokens, elapsed, updated_at = burst, 0.0, ctx.now  # the clock was set back: the elapsed time is unknown
    else:
        # Another node's clock may be ahead: do not count the time that it has counted again.
        held_tokens, elapsed, updated_at = held.tokens, -ahead, max(held.updated_at, ctx.now)
    taken = take(held_tokens, elapsed, burst, rate, cost)
    if taken.wait > 0:
        raise RateLimited(action, math.ceil(taken.wait * MS + max(ahead, 0.0)) / MS, rate)
    full_at = math.ceil((ctx.now + full_after_ms(taken.tokens, burst, rate)) / PURGE_STEP_MS) * PURGE_STEP_MS
    if held is None:
        row = RateLimit(
            user_id=user_id, action=action, scope=scope, tokens=taken.tokens, updated_at=updated_at, full_at=full_at
        )
        ctx.db.insert(row)
    else:
        ctx.db.patch(held, tokens=taken.tokens, updated_at=updated_at, full_at=full_at)
    return taken.tokens


def tokens_left(ctx: MutationCtx, user_id: UserId, action: str, scope: str, burst: float, rate: float) -> float:
    """Return how many calls a bucket has now, without a charge."""
    held = ctx.db.first(RateLimit, "by_bucket", user_id, action, scope)
    if held is None:
        return burst
    return take(held.tokens, ctx.now - held.updated_at, burst, rate, cost=0.0).tokens


def drop_full_buckets(ctx: MutationCtx) -> bool:
    """Delete a batch of full buckets; return whether there may be more."""
    return purge(ctx.db, RateLimit, "by_full", until=ctx.now)
