"""Store how long users were in the call of a meeting, including those who were removed."""

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
    """One user's finished stays in the call of one meeting; the pair is unique; times in ms.

    `stayed_ms` is the sum of the finished stays; the participant's row has the current one. `removed_at` is set when a
    host removes the user, and cleared when the user is a member again.
    """

    id: AttendanceId = AttendanceId("")
    meeting_id: MeetingId
    user_id: UserId
    came_at: float | None = None
    left_at: float | None = None
    stayed_ms: float = 0.0
    removed_at: float | None = None
