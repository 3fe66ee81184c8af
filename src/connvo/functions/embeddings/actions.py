"""Vectors of texts that operators bring. The server makes those of profiles, meetings, notes and transcripts itself."""

from connvo.kernel import text
from connvo.kernel.errors import RateLimited
from connvo.model.embeddings import asking, records
from connvo.providers.embeddings.base import EmbeddingError
from connvo.rules.embeddings.models import dimensions_of
from connvo.rules.embeddings.parts import parts_of
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx
from connvo.runtime.function import action
from connvo.runtime.wire import Meta, Result
from connvo.schema.embeddings import EmbeddingId, SourceType

PRIORITY: Priority = "low"

MAX_CONTENT = 32_768
BUSY_SECONDS = 2.0


class GeneratedEmbedding(Result, frozen=True, kw_only=True):
    """The stored vector, as little-endian float32, and the time that the model took, in ms; 0 if it was not asked."""

    embedding_id: EmbeddingId
    vector: bytes
    dimensions: float
    model: str
    processing_time: float
    success: bool
    error: str | None = None


@action
async def generate_embedding(
    ctx: ActionCtx,
    source_type: SourceType,
    source_id: str,
    content: str,
    model: str | None = None,
    metadata: Meta | None = None,
) -> GeneratedEmbedding:
    """Store the vector of a text as that of a source, and return it. For operators.

    The same text of a source is not made again. A long text is the mean of its parts. A failure is an error, and
    changes nothing.

    Raises:
        Invalid: The text is empty or has more than 32,768 characters, the metadata is too large, or the model is not
            the configured one.
        NotFound: There is no such source.
        RateLimited: The model's server has had enough texts for now.
        ServiceUnavailable: The model does not answer, or gave no usable vector.
    """
    content = text.paragraph(content, "content", MAX_CONTENT, least=1)
    described = records.accepted_metadata(metadata)
    prepared = await ctx.run_query(
        records.prepare, source_type=source_type, source_id=source_id, content=content, model=model
    )
    name, took = prepared.model, 0.0
    if prepared.stored is not None:
        vector = prepared.stored.vector
    else:
        await ctx.run_mutation(asking.admit_texts, model=name, texts=len(parts_of(content)))
        since = ctx.now()
        try:
            vector = await asking.vector_of_text(ctx, name, content)
        except EmbeddingError as error:
            await ctx.run_mutation(asking.note_outcome, model=name, reason=error.reason)
            if error.reason == "busy":
                raise RateLimited(asking.GENERATE, error.retry_after or BUSY_SECONDS, 0.0, error.message) from None
            raise
        took = ctx.now() - since
        await ctx.run_mutation(asking.note_outcome, model=name)
    embedding_id = await ctx.run_mutation(
        records.store,
        source_type=source_type,
        source_id=source_id,
        content=content,
        model=name,
        vector=vector,
        metadata=described,
    )
    return GeneratedEmbedding(
        embedding_id=embedding_id,
        vector=vector,
        dimensions=dimensions_of(name),
        model=name,
        processing_time=took,
        success=True,
    )
