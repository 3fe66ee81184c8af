"""The search for vectors: exact, within scopes that are given, at the timestamp of the query."""

from collections.abc import Sequence
from typing import cast

import msgspec

from connvo.rules.embeddings.models import dimensions_of
from connvo.rules.embeddings.vectors import query_vector
from connvo.runtime.context import QueryCtx
from connvo.schema.embeddings import Embedding
from connvo.store.schema import Document
from connvo.store.vector_rows import Accept, Tags
from connvo.store.vectors import Search, VectorField, nearest

# The places of tags.
SOURCE_TYPE, OWNER, PART = 0, 1, 2


class Similar(msgspec.Struct, frozen=True):
    """A stored vector, and the cosine of its angle to the query."""

    row: Embedding
    score: float


def _vector(row: Document) -> bytes:
    return cast(Embedding, row).vector


def _tags(row: Document) -> Tags:
    found = cast(Embedding, row)
    return found.source_type, found.owner_id or "", str(found.part)


FIELD = VectorField(Embedding, _vector, _tags)


def search(
    ctx: QueryCtx,
    model: str,
    vector: bytes,
    scopes: Sequence[str] | None,
    *,
    least: float,
    limit: int,
    accept: Accept | None = None,
) -> list[Similar]:
    """Return the rows of a model nearest to a vector, best first and ties by id; `scopes` None searches all.

    Raises:
        Invalid: The vector has another length, is zero, or is not finite.
        LimitExceeded: The scopes or their vectors are too many.
        ServiceUnavailable: The vectors are still being loaded.
    """
    query = query_vector(vector, dimensions_of(model))
    prefixes = [(model,)] if scopes is None else [(model, scope) for scope in dict.fromkeys(scopes)]
    asked = Search(
        field=FIELD,
        index="by_model" if scopes is None else "by_scope",
        prefixes=prefixes,
        query=query,
        least=least,
        limit=limit,
        accept=accept,
        max_bytes=ctx.settings.embeddings.index_bytes,
    )
    found = [(ctx.db.get(Embedding, hit.id), hit.score) for hit in nearest(ctx.db, asked)]
    return [Similar(row, score) for row, score in found if row is not None]
