"""Reports of users, for operators."""

from connvo.runtime.context import QueryCtx
from connvo.runtime.function import internal_query
from connvo.runtime.wire import PaginationOptions, Result
from connvo.schema.meetings import Meeting, MeetingId
from connvo.schema.reports import Report, ReportId, ReportKind
from connvo.schema.users import User, UserId
from connvo.store.schema import BY_CREATION

PAGE = 100


class ReportRow(Result, frozen=True, kw_only=True):
    """A report with the present names behind its ids. `created_at` in ms."""

    id: ReportId
    kind: ReportKind
    target_id: str
    reported_user_id: UserId
    reported_user_name: str | None = None
    reporter_id: UserId
    reporter_name: str | None = None
    meeting_id: str | None = None
    meeting_title: str | None = None
    text: str
    created_at: float


class ReportPage(Result, frozen=True, kw_only=True):
    """A page of reports, the newest first. `cursor` continues after it, until `done`."""

    rows: list[ReportRow]
    cursor: str
    done: bool


@internal_query
def list_reports(ctx: QueryCtx, pagination_opts: PaginationOptions) -> ReportPage:
    """Return a page of reports, the newest first."""
    page = ctx.db.paginate(Report, BY_CREATION, cursor=pagination_opts.cursor, size=PAGE, reverse=True)
    rows = [
        ReportRow(
            id=one.id,
            kind=one.kind,
            target_id=one.target_id,
            reported_user_id=one.reported_user_id,
            reported_user_name=_name(ctx, one.reported_user_id),
            reporter_id=one.reporter_id,
            reporter_name=_name(ctx, one.reporter_id),
            meeting_id=one.meeting,
            meeting_title=_title(ctx, one.meeting),
            text=one.text,
            created_at=one.created_at,
        )
        for one in page.items
    ]
    return ReportPage(rows=rows, cursor=page.cursor, done=page.done)


def _name(ctx: QueryCtx, user_id: UserId) -> str | None:
    user = ctx.db.get(User, user_id)
    return None if user is None else user.display_name


def _title(ctx: QueryCtx, meeting_id: str | None) -> str | None:
    meeting = None if meeting_id is None else ctx.db.get(Meeting, MeetingId(meeting_id))
    return None if meeting is None else meeting.title
