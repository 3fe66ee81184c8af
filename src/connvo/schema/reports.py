"""Store the reports of users to the operators."""

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
    """One report of a user, message or meeting with the id `target_id`; time in ms.

    The content of the target is not copied. `reported_user_id` is its owner, and `meeting` where it happened.
    """

    id: ReportId = ReportId("")
    reporter_id: UserId
    kind: ReportKind
    target_id: str
    reported_user_id: UserId
    meeting: str | None = None
    text: str
    created_at: float
