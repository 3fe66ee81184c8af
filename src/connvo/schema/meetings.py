"""Store meetings and their participants."""

from typing import Literal, NewType, TypeAlias

from connvo.rules.meeting_states import Door as Door
from connvo.rules.meeting_states import EndReason as EndReason
from connvo.rules.meeting_states import MeetingState as MeetingState
from connvo.rules.providers import Provider as Provider
from connvo.store.schema import Document, table

from .changes import Revised
from .users import UserId

MeetingId = NewType("MeetingId", str)
ParticipantId = NewType("ParticipantId", str)

Role: TypeAlias = Literal["host", "participant", "observer"]
Presence: TypeAlias = Literal["invited", "joined", "left"]


@table(
    "meetings",
    10006,
    id_type=MeetingId,
    owner="organizer_id",
    indexes={
        "by_state": ("state",),
        "by_organizer": ("organizer_id",),
        "by_organizer_state": ("organizer_id", "state"),
        "by_empty": ("state", "empty_since"),
        "by_started": ("state", "started_at"),
        "by_reopening": ("reopen_until",),
    },
)
class Meeting(Document, frozen=True, kw_only=True):
    """A meeting; `cap` is how many members can be in the call at once; times in ms.

    `participant_count` equals the number of its participant rows. `started_at` is the latest start, and `extended_by`
    the time that hosts have added to the maximum duration since. `empty_since` is set exactly while the meeting is
    active and every member has left. `reopen_until` is set exactly while it is concluded and can be reopened.
    """

    id: MeetingId = MeetingId("")
    organizer_id: UserId
    title: str
    description: str | None = None
    scheduled_at: float | None = None
    duration: float | None = None
    state: MeetingState
    started_at: float | None = None
    extended_by: float = 0.0
    ended_at: float | None = None
    end_reason: EndReason | None = None
    reopen_until: float | None = None
    empty_since: float | None = None
    provider: Provider
    room_id: str | None = None
    generation: int = 0
    cap: int
    door: Door = "open"
    recording_allowed: bool = False
    transcription_enabled: bool = True
    participant_count: int = 0
    average_rating: float | None = None
    created_at: float
    updated_at: float


@table(
    "meetingParticipants",
    10007,
    id_type=ParticipantId,
    owner="user_id",
    indexes={
        "by_meeting": ("meeting_id",),
        "by_user": ("user_id", "meeting_created_at"),
        "by_user_state": ("user_id", "meeting_state", "meeting_created_at"),
        "by_user_time": ("user_id", "meeting_state", "meeting_at"),
        "by_meeting_user": ("meeting_id", "user_id"),
        "by_meeting_presence": ("meeting_id", "presence"),
        "by_added": ("meeting_id", "added_by", "presence"),
        "by_revision": ("meeting_id", "revision"),
    },
)
class Participant(Revised, frozen=True, kw_only=True):
    """One user's membership of one meeting; the pair is unique, and a removed member has no row.

    `meeting_state` and `meeting_created_at` repeat fields of the meeting, and `meeting_at` is its actual or planned
    start. They make a user's meetings searchable by state and time; a change of the meeting updates them in the same
    transaction. Rows of older versions have no `meeting_at` until their meeting starts.

    `added_by` is the host who added the user. `asked` is set until the user answers a host whom they do not know. From
    then on `accepted_at` is set: the user accepted, used a link, or joined.

    `failed_at` is set from a failure of the member's connection in the present room until a session of theirs is
    connected again, they leave or the room moves; `retry_at` is when they were advised to try again.
    """

    feed = "roster"
    unshown = frozenset({"meeting_state", "meeting_at"})

    id: ParticipantId = ParticipantId("")
    meeting_id: MeetingId
    user_id: UserId
    role: Role
    presence: Presence
    added_by: UserId | None = None
    asked: bool = False
    accepted_at: float | None = None
    first_joined_at: float | None = None
    joined_at: float | None = None
    left_at: float | None = None
    failed_at: float | None = None
    retry_at: float | None = None
    meeting_state: MeetingState
    meeting_created_at: float
    meeting_at: float | None = None
    created_at: float
