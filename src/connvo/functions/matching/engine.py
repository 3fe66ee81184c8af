"""A matching cycle at the request of an operator; cycles run without a request too."""

from connvo.kernel.errors import ServiceUnavailable
from connvo.model.matching import cycle
from connvo.providers.one_call import ProcessFailed
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.runtime.wire import Result

PRIORITY: Priority = "low"

DEFAULT_SCORE = 0.6


class CycleReport(Result, frozen=True, kw_only=True):
    """The result of a cycle: the proposals that it made, and their mean score."""

    processed_shards: float
    total_matches: float
    average_score: float
    processing_time_ms: float


@action
async def run_matching_cycle(
    ctx: ActionCtx, shard_count: float | None = None, min_score: float | None = None, max_matches: float | None = None
) -> CycleReport:
    """Pair those who wait, and propose up to `maxMatches` pairs. For operators.

    `minScore` is 0.3 to 1, by default 0.6, and falls for those who have waited. `maxMatches` is 1 to 1,000, which is
    the default too. `shardCount` changes nothing: all who wait are one pool.

    Raises:
        Forbidden: The caller is not an operator.
        Invalid: A number is outside its limits.
        ServiceUnavailable: The process that pairs failed.
    """
    least = DEFAULT_SCORE if min_score is None else min_score
    most = cycle.MAX_MATCHES if max_matches is None else max_matches
    begun = await ctx.run_mutation(cycle.begin_by_operator, shard_count=shard_count, min_score=least, max_matches=most)
    try:
        found = await cycle.pair_all(ctx, begun, least, int(most))
    except ProcessFailed as error:
        raise ServiceUnavailable("The pairing failed; try again later") from error
    return CycleReport(
        processed_shards=1,
        total_matches=found.matches,
        average_score=found.scores / found.matches if found.matches else 0.0,
        processing_time_ms=found.took,
    )
