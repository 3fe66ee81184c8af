"""Pagination options of public functions."""

from typing import ClassVar

from msgspec import UNSET, UnsetType

from connvo.runtime.context import QueryCtx, SharedCtx
from connvo.runtime.wire import PAGE_SIZE, PaginationOptions
from connvo.store.schema import D
from connvo.store.snapshot import Page


class PaginationOpts(PaginationOptions, frozen=True, kw_only=True):
    """The size and start of a page: `cursor` is null for the first page, then that of the last page."""


class DescribedPaginationOpts(PaginationOptions, frozen=True, kw_only=True):
    """The same with the fields that Convex clients add, where the documented API names them."""

    undocumented: ClassVar[frozenset[str]] = frozenset()

    # It may be null and absent alike.
    end_cursor: str | None | UnsetType = UNSET  # type: ignore[assignment]


def end_of(options: PaginationOptions) -> str | None:
    """Return the cursor at which a page ends, None if its size decides."""
    return options.end_cursor if isinstance(options.end_cursor, str) else None


def page_size(options: PaginationOptions) -> int:
    """Return the requested number of entries, clamped to 1 to 100.

    Raises:
        Invalid: The number is not finite.
    """
    return PAGE_SIZE.whole(options.num_items, "paginationOpts.numItems")


def newest_first(
    ctx: QueryCtx | SharedCtx[None], kind: type[D], index: str, first: object, options: PaginationOptions
) -> Page[D]:
    """Return a page of the documents whose index begins with `first`, the newest first.

    Raises:
        Invalid: The cursor belongs to another query, or the size is not finite.
    """
    size = page_size(options)
    return ctx.db.paginate(kind, index, first, cursor=options.cursor, size=size, reverse=True, end=end_of(options))
