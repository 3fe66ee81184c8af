"""Texts as vectors, and the search for similar ones."""

from .actions import generate_embedding
from .queries import (
    get_embedding,
    get_embedding_analytics,
    get_embeddings_by_model,
    get_embeddings_by_source,
    get_vector_index_meta,
    vector_similarity_search,
)

__all__ = [
    "generate_embedding",
    "get_embedding",
    "get_embedding_analytics",
    "get_embeddings_by_model",
    "get_embeddings_by_source",
    "get_vector_index_meta",
    "vector_similarity_search",
]
