"""The samples from which weights are learned, read in pages, and the result as a new version."""

from connvo.kernel.errors import Invalid
from connvo.model.audit import audit
from connvo.rules.matching.learning import Learned, LearningRequest, Sample
from connvo.rules.matching.windows import DAY_MS
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import internal_mutation, internal_query
from connvo.runtime.wire import PaginationOptions, Result
from connvo.schema.matching import Match

from . import feedback, weights
from .switch import require_matching_operator

LEARNED_MS = 90 * DAY_MS
MIN_SAMPLES, MAX_SAMPLES = 50, 5_000
# So many of the newest samples are enough.
MOST = 10_000
PAGE = 100
# Lapsed and void matches say nothing of the two people.
TELLING = ("declined", "completed", "missed")


class SamplePage(Result, frozen=True, kw_only=True):
    """A page of samples of one state; `cursor` continues after it, until `done`."""

    samples: list[Sample]
    cursor: str
    done: bool


@internal_query
def check_request(ctx: QueryCtx, min_samples: float) -> None:
    """Check that an operator asks, for a possible number of samples.

    Raises:
        Forbidden: The caller is not an operator.
        Invalid: `min_samples` is outside its limits.
    """
    require_matching_operator(ctx)
    if not MIN_SAMPLES <= min_samples <= MAX_SAMPLES:
        message = f"The least number of samples is {MIN_SAMPLES} to {MAX_SAMPLES}"
        raise Invalid(message, "minSamples", minimum=MIN_SAMPLES, maximum=MAX_SAMPLES)


@internal_query
def read_page(ctx: QueryCtx, state: str, pagination_opts: PaginationOptions) -> SamplePage:
    """Return a page of samples, the newest first."""
    page = ctx.db.paginate(Match, "by_due", state, cursor=pagination_opts.cursor, size=PAGE, reverse=True)
    recent = [match for match in page.items if match.created_at > ctx.now - LEARNED_MS and match.judged]
    samples = [Sample(match.features, feedback.is_good_match(ctx, match)) for match in recent]
    return SamplePage(samples=samples, cursor=page.cursor, done=page.done or not recent)


@internal_query
def held_weights(ctx: QueryCtx) -> LearningRequest:
    """Return the weights in force, as a request without samples."""
    return LearningRequest(samples=[], weights=weights.in_force(ctx)[1])


@internal_mutation
def store(ctx: MutationCtx, learned: Learned, sample_size: int) -> None:
    """Store learned weights as a new version.

    Raises:
        Forbidden: The caller is no longer an operator.
    """
    operator = require_matching_operator(ctx)
    row = weights.store(ctx, learned, sample_size)
    actor = None if operator is None else operator.id
    audit(ctx, "matching.learn_weights", weights.RESOURCE, row.id, actor, version=float(row.version))


async def read_samples(ctx: ActionCtx, min_samples: float) -> LearningRequest:
    """Return the samples of 90 days and the weights in force.

    Raises:
        Forbidden: The caller is not an operator.
        Invalid: `min_samples` is outside its limits, or there are fewer samples.
    """
    await ctx.run_query(check_request, min_samples=min_samples)
    samples: list[Sample] = []
    for state in TELLING:
        cursor: str | None = None
        while len(samples) < MOST:
            page = await ctx.run_query(
                read_page, state=state, pagination_opts=PaginationOptions(num_items=PAGE, cursor=cursor)
            )
            samples += page.samples
            if page.done:
                break
            cursor = page.cursor
    if len(samples) < min_samples:
        message = f"There are too few matches to learn from: {len(samples)}"
        raise Invalid(message, "minSamples", sampleSize=len(samples))
    held = await ctx.run_query(held_weights)
    return LearningRequest(samples=samples, weights=held.weights)
