"""Delete rows in batches, so that no transaction grows with what has piled up."""

from collections.abc import Sequence
from typing import Any

from connvo.runtime.context import MutationCtx
from connvo.runtime.references import FunctionReference
from connvo.store.schema import Document


def purge(ctx: MutationCtx, rows: Sequence[Document], batch: int, again: FunctionReference[[], Any]) -> None:
    """Delete rows; when they fill the batch, run `again` at once, since there may be more."""
    for row in rows:
        ctx.db.delete(row)
    if len(rows) == batch:
        ctx.scheduler.run_after(0, again)
