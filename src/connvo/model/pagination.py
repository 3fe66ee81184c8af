"""Lists that are read page by page."""

from connvo.runtime.wire import PAGE_SIZE, PaginationOptions


class PaginationOpts(PaginationOptions, frozen=True, kw_only=True):
    """How much of a list, and from where: `cursor` is null at first, then what the last page gave."""


def page_size(options: PaginationOptions) -> int:
    """Return the number of entries asked for, between 1 and 100.

    Raises:
        Invalid: It is not finite.
    """
    return PAGE_SIZE.whole(options.num_items, "paginationOpts.numItems")
