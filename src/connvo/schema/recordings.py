"""Store the recordings of meetings."""

from typing import NewType

import msgspec

from connvo.rules.recording_states import RecordingState as RecordingState
from connvo.store.schema import Document, table, wire_name

from .meetings import MeetingId, Provider
from .users import UserId

RecordingId = NewType("RecordingId", str)


class RecordingFile(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name, omit_defaults=True):
    """A file at the provider, by its name there; a signed `url` expires; times in ms."""

    name: str
    started_at: float
    ended_at: float | None = None
    url: str | None = None
    bytes: int | None = None


@table(
    "meetingRecordings",
    10040,
    id_type=RecordingId,
    owner="requested_by",
    indexes={
        "by_meeting": ("meeting_id",),
        "by_live": ("meeting_id", "live"),
        "by_room": ("room_id",),
        "by_due": ("over", "due_at"),
    },
    retention="kept with its meeting",
    erasure="kept",
)
class MeetingRecording(Document, frozen=True, kw_only=True):
    """One recording of one room; times in ms.

    At most one recording of a meeting is `live`, which means that media may be recorded. `live` and `over` are derived
    from the state, which began at `since`. Until the recording is over, the provider is queried at `due_at`.
    `requested_by` is None if it was started at the provider, whose id for it is `egress_id`.
    """

    id: RecordingId = RecordingId("")
    meeting_id: MeetingId
    provider: Provider
    room_id: str
    state: RecordingState
    live: bool
    over: bool
    since: float
    due_at: float
    requested_by: UserId | None = None
    requested_at: float
    started_at: float | None = None
    ended_at: float | None = None
    egress_id: str | None = None
    reason: str | None = None
    files: tuple[RecordingFile, ...] = ()
