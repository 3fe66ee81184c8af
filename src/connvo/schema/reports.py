"""What people report to the operators."""

from typing import Literal, NewType, TypeAlias

from connvo.store.schema import Document, table

from .users import UserId

ReportId = NewType("ReportId", str)
ReportKind: TypeAlias = Literal["user", "message", "meeting"]


@table(
    "reports",
    10027,
    id_type=ReportId,
    owner="reporter_id",
    indexes={"by_reporter": ("reporter_id",)},
    retention="deleted after CONNVO_RETENTION_REPORT_DAYS days",
)
class Report(Document, frozen=True, kw_only=True):
    """One report. `target_id` is the id of a user, message or meeting; what was written there is not copied.

    `reported_user_id` is whose it is, `meeting` where it happened. Time in ms.
    """

    id: ReportId = ReportId("")
    reporter_id: UserId
    kind: ReportKind
    target_id: str
    reported_user_id: UserId
    meeting: str | None = None
    text: str
    created_at: float
