"""A list that grows, whole and in pages. `RUNS` counts how often the list was read, for tests in the same process."""

from collections import Counter
from typing import NewType

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.wire import PaginationOptions, Result
from connvo.store.schema import Document, table

NoteId = NewType("NoteId", str)
RUNS: Counter[str] = Counter()


@table("sampleNotes", 19001, id_type=NoteId, indexes={"by_channel": ("channel", "rank")})
class Note(Document, frozen=True, kw_only=True):
    """A note in a channel."""

    id: NoteId = NoteId("")
    channel: str
    text: str
    rank: float


class NoteRow(Result, frozen=True, kw_only=True):
    """A note as callers see it."""

    id: NoteId
    text: str
    rank: float


class NotePage(Result, frozen=True, kw_only=True):
    """A page of notes."""

    page: list[NoteRow]
    is_done: bool
    continue_cursor: str


@query
def in_channel(ctx: QueryCtx, channel: str = "main") -> list[NoteRow]:
    """Return the notes of a channel by rank."""
    RUNS[channel] += 1
    return [_row(note) for note in ctx.db.scan(Note, "by_channel", channel)]


@query
def newest(ctx: QueryCtx, channel: str = "main", limit: float = 50) -> list[NoteRow]:
    """Return the last notes of a channel by rank, the very last first."""
    return [_row(note) for note in ctx.db.scan(Note, "by_channel", channel, reverse=True, limit=int(limit))]


@query
def count(ctx: QueryCtx, channel: str = "main") -> float:
    """Return how many notes a channel has."""
    return ctx.db.count(Note, "by_channel", channel, limit=100_000)


@query
def page(ctx: QueryCtx, pagination_opts: PaginationOptions, channel: str = "main") -> NotePage:
    """Return a page of notes by rank."""
    start, end, size = pagination_opts.cursor, pagination_opts.end_cursor, int(pagination_opts.num_items)
    found = ctx.db.paginate(Note, "by_channel", channel, cursor=start, size=size, end=end)
    return NotePage(page=[_row(note) for note in found.items], is_done=found.done, continue_cursor=found.cursor)


@mutation
def add(ctx: MutationCtx, text: str, channel: str = "main", rank: float | None = None, times: float = 1) -> NoteId:
    """Add notes; return the id of the last."""
    last = NoteId("")
    for _ in range(int(times)):
        place = ctx.now if rank is None else rank
        last = ctx.db.insert(Note(channel=channel, text=text, rank=place)).id
    return last


@mutation
def add_pair(ctx: MutationCtx, text: str) -> None:
    """Add the same note to the channels `left` and `right`."""
    for channel in ("left", "right"):
        add(ctx, text=text, channel=channel)


@mutation
def remove(ctx: MutationCtx, note_id: NoteId) -> bool:
    """Remove a note; return whether it was there."""
    note = ctx.db.get(Note, note_id)
    if note is not None:
        ctx.db.delete(note)
    return note is not None


def _row(note: Note) -> NoteRow:
    return NoteRow(id=note.id, text=note.text, rank=note.rank)
