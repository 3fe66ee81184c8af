"""A cycle: read those who wait, pair them in another process, and propose each pair in a transaction of its own.

Guarantees:
    Cycles may overlap, as every proposal looks at both entries again.
    A server that dies loses the rest of one cycle, and the next one finds everyone who still waits.
"""

import asyncio

import structlog

from connvo.kernel.clock import MS
from connvo.kernel.errors import Invalid
from connvo.model.audit import audit
from connvo.providers.matching import process
from connvo.providers.one_call import ProcessFailed
from connvo.rules.matching.edges import Pair, Request
from connvo.rules.matching.scoring import Weights
from connvo.rules.matching.waiting import Waiting
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import internal_action, internal_mutation
from connvo.runtime.wire import PaginationOptions, Result
from connvo.schema.matching import MatchingCycle, QueueId
from connvo.telemetry.instruments import MATCHING_SECONDS

from . import pool, weights
from .proposals import propose
from .switch import require_matching_operator

log = structlog.get_logger()
MIN_SCORE, MAX_SCORE = 0.3, 1.0
MAX_MATCHES = 1_000
MAX_SHARDS = 1_000
# So many proposals share a commit to disk.
TOGETHER = 10
# A cycle follows a new entry after so long, together with the entries that come meanwhile.
SOON_SECONDS = 2.0
# Every tenth cycle ranks with noise, to learn from pairs that the weights in force would not show.
NOISY = 10
SEED_BITS = 32
RESOURCE = "matchingQueue"


class Begun(Result, frozen=True, kw_only=True):
    """A cycle that has begun: the weights in force, and the seed of its noise if it has any."""

    weights: Weights
    seed: int | None = None


class CycleResult(Result, frozen=True, kw_only=True):
    """The result of a cycle; the time in ms."""

    matches: int
    scores: float
    took: float


@internal_mutation
def begin(ctx: MutationCtx) -> Begun:
    """Count a cycle."""
    return _begin(ctx)


@internal_mutation
def begin_by_operator(ctx: MutationCtx, shard_count: float | None, min_score: float, max_matches: float) -> Begun:
    """Count a cycle that an operator runs.

    Raises:
        Forbidden: The caller is not an operator.
        Invalid: A number is outside its limits.
        ServiceUnavailable: Matching is off.
    """
    operator = require_matching_operator(ctx)
    if not MIN_SCORE <= min_score <= MAX_SCORE:
        raise Invalid(f"The least score is {MIN_SCORE} to {MAX_SCORE:.0f}", "minScore")
    if not 1 <= max_matches <= MAX_MATCHES or max_matches != int(max_matches):
        raise Invalid(f"A cycle makes 1 to {MAX_MATCHES} matches", "maxMatches", minimum=1, maximum=MAX_MATCHES)
    if shard_count is not None and not 1 <= shard_count <= MAX_SHARDS:
        raise Invalid(f"The number of parts is 1 to {MAX_SHARDS}", "shardCount", minimum=1, maximum=MAX_SHARDS)
    actor = None if operator is None else operator.id
    audit(ctx, "matching.run_cycle", RESOURCE, "", actor, min_score=min_score, max_matches=max_matches)
    return _begin(ctx)


@internal_action
async def run(ctx: ActionCtx) -> None:
    """Run a cycle, unless matching is off."""
    if not ctx.settings.matching.enabled:
        return
    begun = await ctx.run_mutation(begin)
    try:
        await pair_all(ctx, begun, ctx.settings.matching.min_score, MAX_MATCHES)
    except ProcessFailed as error:
        log.error("matching_failed", reason=str(error))


@internal_mutation
def finish(ctx: MutationCtx, seconds: float) -> None:
    """Record how long a cycle took."""
    ctx.record(MATCHING_SECONDS, seconds)


async def pair_all(ctx: ActionCtx, begun: Begun, min_score: float, max_matches: int) -> CycleResult:
    """Pair those who wait and propose the pairs; return how many were proposed.

    Raises:
        ProcessFailed: The process that pairs failed.
    """
    started = ctx.now()
    waiting = await _read_pool(ctx)
    scores: list[float] = []
    if len(waiting) > 1:
        request = Request(
            waiting=waiting,
            weights=begun.weights,
            min_score=min_score,
            max_matches=max_matches,
            now=started,
            seed=begun.seed,
        )
        pairs = (await process.pair(request)).pairs
        for place in range(0, len(pairs), TOGETHER):
            scores += await _propose(ctx, pairs[place : place + TOGETHER])
    took = max(ctx.now() - started, 0.0)
    await ctx.run_mutation(finish, seconds=took / MS)
    return CycleResult(matches=len(scores), scores=sum(scores), took=took)


async def _propose(ctx: ActionCtx, pairs: list[Pair]) -> list[float]:
    """Propose pairs, which have no entry in common, at once; return the scores of those that were."""
    found = await asyncio.gather(
        *(ctx.run_mutation(propose, first=QueueId(one.first), second=QueueId(one.second)) for one in pairs)
    )
    return [score for score in found if score is not None]


def soon(ctx: MutationCtx) -> None:
    """Schedule a cycle for those who have just entered, unless one is scheduled already."""
    row = _row(ctx)
    if ctx.now < row.soon_at <= ctx.now + SOON_SECONDS * MS:
        return
    ctx.db.patch(row, soon_at=ctx.now + SOON_SECONDS * MS)
    ctx.scheduler.run_after(SOON_SECONDS, run)


async def _read_pool(ctx: ActionCtx) -> list[Waiting]:
    found: list[Waiting] = []
    cursor: str | None = None
    while len(found) < ctx.settings.matching.entries:
        page = await ctx.run_query(
            pool.read_page, pagination_opts=PaginationOptions(num_items=pool.PAGE, cursor=cursor)
        )
        found += page.waiting
        if page.done:
            break
        cursor = page.cursor
    return found[: ctx.settings.matching.entries]


def _begin(ctx: MutationCtx) -> Begun:
    row = _row(ctx)
    number = row.number + 1
    ctx.db.patch(row, number=number)
    _, weighed = weights.in_force(ctx)
    return Begun(weights=weighed, seed=None if number % NOISY else ctx.random.getrandbits(SEED_BITS))


def _row(ctx: MutationCtx) -> MatchingCycle:
    return ctx.db.first(MatchingCycle, "by_key", "") or ctx.db.insert(MatchingCycle())
