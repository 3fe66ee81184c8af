"""Meetings and who belongs to them."""

from typing import Literal, NewType, TypeAlias

from connvo.rules.meeting_states import Door as Door
from connvo.rules.meeting_states import EndReason as EndReason
from connvo.rules.meeting_states import MeetingState as MeetingState
from connvo.rules.providers import Provider as Provider
from connvo.store.schema import Document, table

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
    """A meeting. `state` is the only state there is; `cap` is how many people can be in at once; times in ms.

    `participant_count` equals the number of its participant rows. `started_at` is the latest start, and `extended_by`
    what hosts have added to the longest duration since then. `empty_since` is set exactly while the meeting is active
    and everybody who was in has left. `reopen_until` is set exactly while it is concluded and can be opened again.
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
    },
)
class Participant(Document, frozen=True, kw_only=True):
    """One person's membership of one meeting; the pair is unique. A removed member has no row.

    `meeting_state` and `meeting_created_at` repeat the meeting's, and `meeting_at` is when it started or is planned
    to, so that a person's meetings are found by state and time without reading them all; a change of the meeting
    changes its rows in the same transaction. Rows of older versions have no `meeting_at` until their meeting starts.

    `added_by` is the host who made the person a member. It is `asked` until the person has answered a host whom they
    do not know, and `accepted_at` is set once they have: by accepting, by a link, or by joining.
    """

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
    meeting_state: MeetingState
    meeting_created_at: float
    meeting_at: float | None = None
    created_at: float
