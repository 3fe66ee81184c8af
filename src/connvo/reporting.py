"""Reading what people reported from outside a server, running or not."""

from collections.abc import AsyncIterator

from .functions.users._reports import PAGE, ReportPage, ReportRow, list_reports
from .runtime.execute import Runtime
from .runtime.wire import PaginationOptions


async def reports(runtime: Runtime) -> AsyncIterator[ReportRow]:
    """Yield every report, the newest first."""
    cursor: str | None = None
    while True:
        options = PaginationOptions(num_items=PAGE, cursor=cursor)
        page: ReportPage = await runtime.call(list_reports, pagination_opts=options)
        for row in page.rows:
            yield row
        if page.done:
            return
        cursor = page.cursor
