"""Reads of users' reports from outside a server, running or not."""

from collections.abc import AsyncIterator

from connvo.model.users.reports import PAGE, ReportPage, ReportRow, list_reports
from connvo.runtime.services import Runtime
from connvo.runtime.wire import PaginationOptions


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
