"""Weights: the learned ones, of which one set is in force, or else those of the program as version 0."""

from connvo.kernel.errors import NotFound
from connvo.model.audit import audit
from connvo.rules.matching.learning import Learned
from connvo.rules.matching.scoring import Weights
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.matching import MatchingWeights
from connvo.schema.users import UserId

PROGRAMS_VERSION = 0
RESOURCE = "matchingWeights"
MAX_LISTED = 50


def applied(ctx: QueryCtx) -> MatchingWeights | None:
    """Return the learned weights in force, or None while those of the program are."""
    return ctx.db.first(MatchingWeights, "by_applied", True)


def in_force(ctx: QueryCtx) -> tuple[int, Weights]:
    """Return the version of the weights in force, and the weights."""
    found = applied(ctx)
    return (PROGRAMS_VERSION, Weights()) if found is None else (found.version, found.weights)


def store(ctx: MutationCtx, learned: Learned, sample_size: int) -> MatchingWeights:
    """Store learned weights under the next version; they are not in force."""
    newest = ctx.db.scan(MatchingWeights, "by_version", reverse=True, limit=1)
    return ctx.db.insert(
        MatchingWeights(
            version=newest[0].version + 1 if newest else PROGRAMS_VERSION + 1,
            weights=learned.weights,
            sample_size=sample_size,
            improvement=learned.improvement,
            created_at=ctx.now,
        )
    )


def apply(ctx: MutationCtx, version: int, actor: UserId | None) -> None:
    """Put a version in force, 0 for the weights of the program. `actor` is the operator, if they have an account.

    Raises:
        NotFound: There is no such version.
    """
    wanted = ctx.db.first(MatchingWeights, "by_version", version)
    if wanted is None and version != PROGRAMS_VERSION:
        raise NotFound("Version of weights", str(version))
    held = applied(ctx)
    if held is not None and held.version != version:
        ctx.db.patch(held, in_force=False)
    if wanted is not None:
        ctx.db.patch(wanted, in_force=True, applied_at=ctx.now)
    audit(ctx, "matching.apply_weights", RESOURCE, str(version), actor, version=float(version))


def newest(ctx: QueryCtx) -> list[MatchingWeights]:
    """Return the newest versions, the newest first."""
    return ctx.db.scan(MatchingWeights, "by_version", reverse=True, limit=MAX_LISTED)
