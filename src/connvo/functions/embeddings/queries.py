"""Stored vectors: for operators all of them, for others those of their own texts and of their meetings."""

from connvo.kernel.errors import Invalid
from connvo.model.access import require_operator
from connvo.model.embeddings import models, scopes, similarity
from connvo.model.embeddings.views import EmbeddingView, SimilarEmbedding, view
from connvo.model.pagination import DescribedPaginationOpts, end_of, newest_first, page_size
from connvo.model.past_answers import own_embedding_page, own_embeddings
from connvo.providers.embeddings.factory import least_of
from connvo.rules.embeddings.models import dimensions_of
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import QueryCtx
from connvo.runtime.function import query, rechecked
from connvo.runtime.normalization import Clamped
from connvo.runtime.wire import Meta, Result
from connvo.schema.embeddings import (
    Embedding,
    EmbeddingId,
    EmbeddingTotals,
    ModelState,
    SourceType,
    VectorIndexMeta,
    VectorIndexMetaId,
)
from connvo.store.schema import BY_CREATION

PRIORITY: Priority = "low"

MAX_RESULTS = 256
DEFAULT_RESULTS = 10
MAX_MODELS = 100
FLOAT_BYTES = 4
LIMIT = Clamped(1, MAX_RESULTS)


class EmbeddingPage(Result, frozen=True, kw_only=True):
    """A page of vectors, newest first; `continueCursor` is null after the oldest."""

    page: list[EmbeddingView]
    is_done: bool
    continue_cursor: str | None


class IndexMeta(Result, frozen=True, kw_only=True):
    """A model whose vectors are stored; `migrating` while it takes the place of the active one. Times in ms."""

    id: VectorIndexMetaId
    creation_time: float
    provider: str
    index_name: str
    config: Meta
    status: ModelState
    created_at: float
    updated_at: float


class IndexMetaPage(Result, frozen=True, kw_only=True):
    """A page of models, newest first."""

    page: list[IndexMeta]
    is_done: bool
    continue_cursor: str | None


class StorageUsage(Result, frozen=True, kw_only=True):
    """The stored vectors; the size is that of their numbers."""

    total_vectors: float
    total_dimensions: float
    estimated_size_bytes: float


class SearchMetrics(Result, frozen=True, kw_only=True):
    """The searches by text; times in ms."""

    total_searches: float
    average_search_time: float
    average_result_count: float


class QualityMetrics(Result, frozen=True, kw_only=True):
    """The mean best score of searches, answers of models that were refused, and texts that had their vector already."""

    average_similarity_score: float
    low_quality_embeddings: float
    duplicate_detections: float


class EmbeddingAnalytics(Result, frozen=True, kw_only=True):
    """Counters of all models, kept at each write; the mean time of a text in ms."""

    total_embeddings: float
    embeddings_by_source: dict[str, float]
    embeddings_by_model: dict[str, float]
    average_processing_time: float
    storage_usage: StorageUsage
    search_metrics: SearchMetrics
    quality_metrics: QualityMetrics


@query
def get_embedding(ctx: QueryCtx, embedding_id: EmbeddingId) -> EmbeddingView | None:
    """Return a vector, or null if there is none that the caller may read."""
    caller = scopes.reader(ctx)
    row = ctx.db.get(Embedding, embedding_id)
    return None if row is None or not scopes.may_read(ctx, caller, row) else view(row)


@rechecked(own_embedding_page)
@query
def get_embeddings_by_source(
    ctx: QueryCtx, source_type: SourceType, source_id: str, pagination_opts: DescribedPaginationOpts
) -> EmbeddingPage:
    """Return a page of the vectors of a source, newest first; it is empty if the caller may not read them.

    A page has 1 to 100 vectors, one for each part of a long text.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    caller = scopes.reader(ctx)
    found = ctx.db.paginate(
        Embedding,
        "by_time",
        source_type,
        source_id,
        cursor=pagination_opts.cursor,
        size=page_size(pagination_opts),
        reverse=True,
        end=end_of(pagination_opts),
    )
    if not all(scopes.may_read_some(ctx, caller, row) for row in found.items[:1]):
        return EmbeddingPage(page=[], is_done=True, continue_cursor=None)
    return EmbeddingPage(
        page=[view(row) for row in found.items if scopes.may_read(ctx, caller, row)],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
    )


@query
def get_embeddings_by_model(ctx: QueryCtx, model: str, pagination_opts: DescribedPaginationOpts) -> EmbeddingPage:
    """Return a page of the vectors of a model, newest first. For operators.

    A page has 1 to 100 vectors.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    require_operator(ctx)
    found = newest_first(ctx, Embedding, "by_model", model, pagination_opts)
    return EmbeddingPage(
        page=[view(row) for row in found.items],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
    )


@rechecked(own_embeddings)
@query
def vector_similarity_search(
    ctx: QueryCtx,
    query_vector: bytes,
    source_types: list[SourceType] | None = None,
    model: str | None = None,
    limit: float | None = None,
    threshold: float | None = None,
) -> list[SimilarEmbedding]:
    """Return the vectors nearest to a vector, best first, ties by id: 1 to 256, by default 10.

    Operators search all vectors, others those of their own texts and of their meetings. The vector is that of the
    searched model, as little-endian float32. Without `threshold` it is that of the model.

    Raises:
        Invalid: The vector has a wrong length, is zero or not finite, `threshold` is not within -1 and 1, or the model
            is not the searched one.
        LimitExceeded: The caller has more meetings or vectors than one search covers.
        ServiceUnavailable: There is no model, or its vectors are being loaded.
    """
    caller = scopes.reader(ctx)
    searched = models.required(ctx)
    if model not in (None, searched):
        raise Invalid(f"The searched model is {searched}", "model", searched=searched)
    least = least_of(ctx.settings.embeddings, searched) if threshold is None else threshold
    if not -1.0 <= least <= 1.0:
        raise Invalid("threshold is a cosine, from -1 to 1", "threshold", minimum=-1, maximum=1)
    kinds = None if source_types is None else frozenset(source_types)
    found = similarity.search(
        ctx,
        searched,
        query_vector,
        None if caller.operator else scopes.scopes_of(ctx, caller.required_user_id),
        least=least,
        limit=DEFAULT_RESULTS if limit is None else LIMIT.whole(limit, "limit"),
        accept=None if kinds is None else lambda tags: tags[similarity.SOURCE_TYPE] in kinds,
    )
    return [SimilarEmbedding(embedding=view(one.row), score=one.score) for one in found]


@query
def get_vector_index_meta(ctx: QueryCtx, pagination_opts: DescribedPaginationOpts) -> IndexMetaPage:
    """Return a page of the models whose vectors are stored, newest first. For operators.

    Raises:
        Invalid: The cursor belongs to another query.
    """
    require_operator(ctx)
    found = ctx.db.paginate(
        VectorIndexMeta,
        BY_CREATION,
        cursor=pagination_opts.cursor,
        size=page_size(pagination_opts),
        reverse=True,
        end=end_of(pagination_opts),
    )
    return IndexMetaPage(
        page=[IndexMeta.from_row(row) for row in found.items],
        is_done=found.done,
        continue_cursor=None if found.done else found.cursor,
    )


@query
def get_embedding_analytics(ctx: QueryCtx) -> EmbeddingAnalytics:
    """Return the counters of vectors, searches and models. For operators."""
    require_operator(ctx)
    rows = ctx.db.scan(EmbeddingTotals, "by_model", limit=MAX_MODELS)
    by_source: dict[str, float] = {}
    for row in rows:
        for source, count in row.by_source.items():
            by_source[source] = by_source.get(source, 0.0) + count
    by_model = {row.model: float(sum(row.by_source.values())) for row in rows}
    numbers = sum(count * dimensions_of(model) for model, count in by_model.items())
    total, made = sum(by_model.values()), sum(row.made for row in rows)
    searches, scored = sum(row.searches for row in rows), sum(row.scored for row in rows)
    return EmbeddingAnalytics(
        total_embeddings=total,
        embeddings_by_source={source: count for source, count in by_source.items() if count},
        embeddings_by_model={model: count for model, count in by_model.items() if count},
        average_processing_time=_mean(sum(row.making_ms for row in rows), made),
        storage_usage=StorageUsage(
            total_vectors=total, total_dimensions=numbers, estimated_size_bytes=numbers * FLOAT_BYTES
        ),
        search_metrics=SearchMetrics(
            total_searches=searches,
            average_search_time=_mean(sum(row.searching_ms for row in rows), searches),
            average_result_count=_mean(sum(row.results for row in rows), searches),
        ),
        quality_metrics=QualityMetrics(
            average_similarity_score=_mean(sum(row.best_scores for row in rows), scored),
            low_quality_embeddings=sum(row.refused for row in rows),
            duplicate_detections=sum(row.spared for row in rows),
        ),
    )


def _mean(total: float, count: float) -> float:
    return total / count if count else 0.0
