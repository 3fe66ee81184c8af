"""Deletion of rows in batches, so that no transaction grows with the backlog."""

from collections.abc import Sequence
from typing import Any

from connvo.runtime.context import MutationCtx
from connvo.runtime.references import FunctionReference
from connvo.store.schema import Document


def purge(ctx: MutationCtx, rows: Sequence[Document], batch: int, again: FunctionReference[[], Any]) -> None:
    """Delete rows; if they fill the batch, schedule `again` at once, since there may be more."""
    for row in rows:
        ctx.db.delete(row)
    if len(rows) == batch:
        ctx.scheduler.run_after(0, again)
