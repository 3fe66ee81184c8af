"""How long people were in the call of a meeting, kept for those who were removed as well."""

from typing import NewType

from connvo.store.schema import Document, table

from .meetings import MeetingId
from .users import UserId

AttendanceId = NewType("AttendanceId", str)


@table(
    "attendances",
    10028,
    id_type=AttendanceId,
    owner="user_id",
    indexes={"by_user": ("user_id",), "by_member": ("meeting_id", "user_id")},
)
class Attendance(Document, frozen=True, kw_only=True):
    """One person's finished stays in the call of one meeting, member or not; the pair is unique. Times in ms.

    `stayed_ms` is the sum of the stays. A stay that goes on is not in it; it is in the participant's row. `removed_at`
    is set from when a host removes the person until the person is a member again.
    """

    id: AttendanceId = AttendanceId("")
    meeting_id: MeetingId
    user_id: UserId
    came_at: float | None = None
    left_at: float | None = None
    stayed_ms: float = 0.0
    removed_at: float | None = None
