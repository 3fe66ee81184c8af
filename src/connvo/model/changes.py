"""Feeds: live lists of a meeting of which clients get the changes, not the whole.

Every change of a row gives it the next revision of its feed. A live query answers with the rows whose revision is above
the one that the client names, so the answer depends on nothing else, and all clients that name the same revision share
it. Clients name a milestone, a multiple of `STEP`, which keeps their number of different questions small.

Guarantees:
    A client that applies the answers has what a client that asks for the whole has.
    An answer has the rows of at most a few steps, however long the list is.
    If rows are missing that the client must forget, the answer is complete: it is the whole list.
"""

from typing import Any, TypeVar

import msgspec

from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.normalization import Clamped
from connvo.schema.changes import Feed, FeedName, Removal, Revised

R = TypeVar("R", bound=Revised)

# A client moves to a new milestone after this many changes. More send rows repeatedly, fewer cost more requests.
STEP = 4
# Removals that a feed keeps. A client that is further behind gets the whole list.
REMOVALS_KEPT = 64
# A client with more changes to catch up on gets the whole list, which has no more rows.
MAX_BEHIND = 512
# The revision that clients name: every number that a double holds exactly.
SINCE = Clamped(0, 2**53 - 1)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a feed that an answer shows: all after a revision or, if `after` is None, the whole.

    `revision` is that of the snapshot, `milestone` the revision to name from now on, and `removed` are the rows that
    were deleted after the revision; the answer's own rows may bring them back.
    """

    meeting_id: str
    revision: int
    milestone: int
    after: int | None
    removed: list[str]

    @property
    def complete(self) -> bool:
        """Whether the answer is the whole list."""
        return self.after is None


def insert(ctx: MutationCtx, row: R) -> R:
    """Store a new row of a feed; return it."""
    return ctx.db.insert(msgspec.structs.replace(row, revision=_advance(ctx, row)))


def patch(ctx: MutationCtx, row: R, **changes: Any) -> R:
    """Change a row of a feed; return it. The revision stays if nothing changes that the feed shows."""
    current = ctx.db.get(type(row), row.id) or row
    shown = any(getattr(current, name) != value for name, value in changes.items() if name not in row.unshown)
    return ctx.db.patch(row, **changes, revision=_advance(ctx, row)) if shown else ctx.db.patch(row, **changes)


def touch(ctx: MutationCtx, row: Revised) -> None:
    """Show a row again, because something changed that the row is shown with."""
    ctx.db.patch(row, revision=_advance(ctx, row))


def remove(ctx: MutationCtx, row: Revised, item: str) -> None:
    """Delete a row that clients show and know as `item`."""
    ctx.db.delete(row)
    revision = _advance(ctx, row)
    ctx.db.insert(Removal(meeting_id=row.meeting_id, feed=row.feed, revision=revision, item=item))
    held = ctx.db.scan(Removal, "by_revision", row.meeting_id, row.feed, limit=REMOVALS_KEPT + 1)
    if len(held) > REMOVALS_KEPT:
        ctx.db.delete(held[0])
        _raise_floor(ctx, row, held[0].revision)


def purge(ctx: MutationCtx, row: Revised) -> None:
    """Delete a row that clients no longer show since its last change, such as one that has ended."""
    ctx.db.delete(row)
    _raise_floor(ctx, row, row.revision)


def forget(ctx: MutationCtx, row: Revised) -> None:
    """Delete a row, and have every client ask for the whole list."""
    ctx.db.delete(row)
    _raise_floor(ctx, row, _advance(ctx, row))


def window(ctx: QueryCtx, meeting_id: str, feed: FeedName, named: float | None) -> Window:
    """Return what an answer to a client shows that has everything up to the revision named, or nothing if that is None.

    Raises:
        Invalid: The revision is not finite.
    """
    since = None if named is None else SINCE.whole(named, "since")
    held = find_feed(ctx, meeting_id, feed)
    revision, floor = (0, 0) if held is None else (held.revision, held.floor)
    milestone = max(revision - revision % STEP, floor)
    if since is not None and not (max(floor, revision - MAX_BEHIND) <= since <= revision):
        since = None
    removed = [] if since is None else ctx.db.scan(Removal, "by_revision", meeting_id, feed, after=since)
    return Window(
        meeting_id=meeting_id,
        revision=revision,
        milestone=milestone,
        after=since,
        removed=[one.item for one in removed],
    )


def changed(ctx: QueryCtx, found: Window, kind: type[R]) -> list[R]:
    """Return the rows of a kind that a window without the whole shows, in the order of their last changes."""
    return ctx.db.scan(kind, "by_revision", found.meeting_id, after=found.after or 0)


def find_feed(ctx: QueryCtx, meeting_id: str, feed: FeedName) -> Feed | None:
    """Return a feed of a meeting, or None before its first change."""
    return ctx.db.first(Feed, "by_meeting", meeting_id, feed)


def _advance(ctx: MutationCtx, row: Revised) -> int:
    held = find_feed(ctx, row.meeting_id, row.feed)
    if held is None:
        return ctx.db.insert(Feed(meeting_id=row.meeting_id, name=row.feed, revision=1)).revision
    return ctx.db.patch(held, revision=held.revision + 1).revision


def _raise_floor(ctx: MutationCtx, row: Revised, floor: int) -> None:
    held = find_feed(ctx, row.meeting_id, row.feed)
    if held is not None and held.floor < floor:
        ctx.db.patch(held, floor=floor)
