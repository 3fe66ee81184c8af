"""The rows of vectors, with the counters that are kept at each write.

Guarantees: a vector is never stored under the name of another model than the one that made it.
"""

from collections.abc import Mapping, Sequence

import msgspec

from connvo.rules.embeddings.models import SourceType
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.embeddings import Embedding, EmbeddingTotals
from connvo.store.schema import SYSTEM_FIELDS

# More than the parts of any source.
MOST_PARTS = 8_000


def of_source(ctx: QueryCtx, source_type: SourceType, source_id: str, *model: str) -> list[Embedding]:
    """Return the rows of a source in the order of models and parts; of one model if it is given."""
    return ctx.db.scan(Embedding, "by_source", source_type, source_id, *model, limit=MOST_PARTS)


def put(ctx: MutationCtx, row: Embedding) -> Embedding:
    """Store a row in place of the one with the same source, model and part; return it as stored."""
    held = ctx.db.first(Embedding, "by_source", row.source_type, row.source_id, row.model, row.part)
    if held is None:
        count(ctx, row.model, row.source_type, 1)
    return _put(ctx, row, held)


def put_each(ctx: MutationCtx, rows: Sequence[Embedding], held: Mapping[int, Embedding]) -> None:
    """Store rows of one source and model; `held` are those that it has, by their parts. They are counted together."""
    if not rows:
        return
    for row in rows:
        _put(ctx, row, held.get(row.part))
    count(ctx, rows[0].model, rows[0].source_type, sum(row.part not in held for row in rows))


def _put(ctx: MutationCtx, row: Embedding, held: Embedding | None) -> Embedding:
    if held is None:
        return ctx.db.insert(row)
    fields = {name: getattr(row, name) for name in row.__struct_fields__ if name not in SYSTEM_FIELDS}
    return ctx.db.patch(held, **{**fields, "created_at": held.created_at})


def remove(ctx: MutationCtx, row: Embedding) -> None:
    """Delete a row."""
    ctx.db.delete(row)
    uncount(ctx, row)


def uncount(ctx: MutationCtx, row: Embedding) -> None:
    """Count a row no longer that was deleted."""
    count(ctx, row.model, row.source_type, -1)


def remove_of(ctx: MutationCtx, source_type: SourceType, source_id: str) -> None:
    """Delete the rows of a source, of every model."""
    for row in of_source(ctx, source_type, source_id):
        remove(ctx, row)


def totals(ctx: QueryCtx, model: str) -> EmbeddingTotals:
    """Return the counters of a model; all zero before its first vector."""
    return ctx.db.first(EmbeddingTotals, "by_model", model) or EmbeddingTotals(model=model)


def change(ctx: MutationCtx, row: EmbeddingTotals) -> None:
    """Store counters that were changed."""
    held = ctx.db.first(EmbeddingTotals, "by_model", row.model)
    if held is None:
        ctx.db.insert(row)
    elif held != row:
        fields = {name: value for name, value in msgspec.structs.asdict(row).items() if name not in SYSTEM_FIELDS}
        ctx.db.patch(held, **fields)


def count(ctx: MutationCtx, model: str, source_type: SourceType, difference: int) -> None:
    """Add to the number of a model's vectors."""
    row = totals(ctx, model)
    known = max(0, row.by_source.get(source_type, 0) + difference)
    change(ctx, msgspec.structs.replace(row, by_source={**row.by_source, source_type: known}))
