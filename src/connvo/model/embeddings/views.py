"""Result structs about vectors that several functions return."""

from connvo.runtime.wire import Meta, Result
from connvo.schema.embeddings import Embedding, EmbeddingId, SourceType


class EmbeddingView(Result, frozen=True, kw_only=True):
    """A stored vector, as little-endian float32; `createdAt` in ms, and unchanged when the source changes."""

    id: EmbeddingId
    creation_time: float
    source_type: SourceType
    source_id: str
    vector: bytes
    model: str
    dimensions: float
    version: str
    metadata: Meta
    created_at: float


class SimilarEmbedding(Result, frozen=True, kw_only=True):
    """A stored vector that is similar to the query; `score` is the cosine, at most 1. `source_data` is never given."""

    embedding: EmbeddingView
    score: float
    source_data: object = None


def view(row: Embedding) -> EmbeddingView:
    """Return a vector as callers see it."""
    return EmbeddingView.from_row(row)
