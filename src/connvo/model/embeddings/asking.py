"""The model asked for one text, while its caller waits."""

import msgspec

from connvo.kernel.errors import RateLimited, ServiceUnavailable
from connvo.model import embedding_rows
from connvo.model.access import require_member, require_user
from connvo.model.embedding_tasks import MS
from connvo.model.rate_limits import charge
from connvo.providers.embeddings.base import BATCH, EmbeddingError
from connvo.providers.embeddings.factory import model_of
from connvo.rules.embeddings.models import EmbeddingFailure
from connvo.rules.embeddings.parts import parts_of
from connvo.rules.embeddings.vectors import mean, packed, unpacked
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import internal_mutation
from connvo.schema.meetings import MeetingId
from connvo.telemetry.instruments import SEARCH_SECONDS

from . import health, models

SEARCH, GENERATE = "searchText", "generateEmbedding"
DAY_SECONDS = 86_400.0


@internal_mutation
def admit_search(ctx: MutationCtx, meeting_id: MeetingId | None) -> str | None:
    """Charge a search of the caller; return the model to ask about its text, None if none can be asked now.

    Raises:
        Unauthorized: The caller has no account.
        Forbidden: The caller is not a member of the meeting.
        RateLimited: The caller has searched too often.
    """
    caller = require_user(ctx) if meeting_id is None else require_member(ctx, meeting_id)[0]
    limits = ctx.settings.embeddings
    charge(ctx, caller.id, SEARCH, "", limits.search_burst, limits.search_per_second)
    model = models.searched(ctx)
    if model is None or not health.admit(ctx, model):
        return None
    if model_of(limits, model).sends:
        if health.left_today(ctx) < 1:
            return None
        health.count_sent(ctx, 1)
    return model


@internal_mutation
def admit_texts(ctx: MutationCtx, model: str, texts: int) -> None:
    """Count texts that an operator has made.

    Raises:
        RateLimited: Too many texts were sent to the server today.
        ServiceUnavailable: The model fails at present.
    """
    until = health.closed_until(ctx, model)
    if until is not None or not health.admit(ctx, model):
        pause = max(0.0, (until or ctx.now) - ctx.now) / MS
        raise ServiceUnavailable("The embedding model does not answer at present", retryAfterSeconds=pause)
    if model_of(ctx.settings.embeddings, model).sends:
        if health.left_today(ctx) < texts:
            raise RateLimited(GENERATE, DAY_SECONDS, ctx.settings.embeddings.daily, "Today's texts have all been sent")
        health.count_sent(ctx, texts)


@internal_mutation
def note_outcome(ctx: MutationCtx, model: str, reason: EmbeddingFailure | None = None) -> None:
    """Record that a model answered, or why it did not."""
    if reason is None:
        health.note_success(ctx, model)
    else:
        health.note_failure(ctx, model, reason)


@internal_mutation
def note_search(ctx: MutationCtx, model: str, milliseconds: float, results: int, best: float | None = None) -> None:
    """Count a search and what it found."""
    ctx.record(SEARCH_SECONDS, milliseconds / MS)
    totals = embedding_rows.totals(ctx, model)
    embedding_rows.change(
        ctx,
        msgspec.structs.replace(
            totals,
            searches=totals.searches + 1,
            searching_ms=totals.searching_ms + milliseconds,
            results=totals.results + results,
            best_scores=totals.best_scores + (best or 0.0),
            scored=totals.scored + (best is not None),
        ),
    )


async def vector_of_text(ctx: ActionCtx, model: str, text: str) -> bytes:
    """Return the vector of a text: for a long one the mean of its parts, so that its end counts as its beginning does.

    Raises:
        EmbeddingError: The model gave none.
    """
    texts = parts_of(text)
    found: list[bytes] = []
    for first in range(0, len(texts), BATCH):
        found += await model_of(ctx.settings.embeddings, model).embed(texts[first : first + BATCH])
    if len(found) == 1:
        return found[0]
    whole = mean([unpacked(vector) for vector in found])
    if whole is None:
        raise EmbeddingError("unusable", "The parts of this text have no common direction")
    return packed(whole)
