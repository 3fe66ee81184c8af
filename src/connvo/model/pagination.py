"""Pagination options of public functions."""

from connvo.runtime.wire import PAGE_SIZE, PaginationOptions


class PaginationOpts(PaginationOptions, frozen=True, kw_only=True):
    """The size and start of a page: `cursor` is null for the first page, then that of the last page."""


def page_size(options: PaginationOptions) -> int:
    """Return the requested number of entries, clamped to 1 to 100.

    Raises:
        Invalid: The number is not finite.
    """
    return PAGE_SIZE.whole(options.num_items, "paginationOpts.numItems")
