"""A ledger: every entry once, each writer's in the order of the calls."""

from typing import NewType

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.store.schema import Document, table

EntryId = NewType("EntryId", str)


@table("clusterEntries", 19103, id_type=EntryId, indexes={"by_writer": ("writer",)})
class Entry(Document, frozen=True, kw_only=True):
    """An entry."""

    id: EntryId = EntryId("")
    writer: str
    number: float


@mutation
def enter(ctx: MutationCtx, writer: str, number: float) -> None:
    """Make an entry."""
    ctx.db.insert(Entry(writer=writer, number=number))


@query
def numbers(ctx: QueryCtx, writer: str) -> list[float]:
    """Return a writer's entries in the order in which they were made."""
    return [entry.number for entry in ctx.db.scan(Entry, "by_writer", writer)]


@query
def total(ctx: QueryCtx, writer: str) -> float:
    """Return how many entries a writer has made."""
    return ctx.db.count(Entry, "by_writer", writer, limit=100_000)
