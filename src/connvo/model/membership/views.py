"""What the lifecycle functions take and give beside plain values."""

from typing import Literal, TypeAlias

from connvo.model.rooms.connection_info import RoomInfo, StartedRoom
from connvo.runtime.wire import Args, Result
from connvo.schema.meetings import MeetingId, ParticipantId, Provider
from connvo.schema.users import UserId

AskedRole: TypeAlias = Literal["host", "co-host", "participant", "observer"]


class MeetingFeatures(Result, frozen=True, kw_only=True):
    """What the meeting offers. `max_participants` is the enforced cap, whatever was asked for."""

    recording: bool
    transcription: bool
    max_participants: float


class CreatedMeeting(Result, frozen=True, kw_only=True):
    """A new meeting and what it got."""

    meeting_id: MeetingId
    webrtc_ready: bool
    video_provider: Provider
    features: MeetingFeatures


class Added(Result, frozen=True, kw_only=True):
    """A new membership."""

    participant_id: ParticipantId
    success: bool


class NewMember(Args, frozen=True, kw_only=True):
    """Somebody to add."""

    user_id: UserId
    role: AskedRole


class Skipped(Result, frozen=True, kw_only=True):
    """Somebody who was not added, and why."""

    user_id: UserId
    reason: str


class AddedMany(Result, frozen=True, kw_only=True):
    """`success` says whether anybody was added, or nobody was asked for."""

    added: list[ParticipantId]
    skipped: list[Skipped]
    success: bool


class Started(Result, frozen=True, kw_only=True):
    """A meeting that is now active, and the caller's way in."""

    success: bool
    webrtc_ready: bool
    video_provider: Provider
    room_info: StartedRoom | None = None


class Ended(Result, frozen=True, kw_only=True):
    """`duration` is how long the meeting was active, in milliseconds."""

    success: bool
    duration: float | None = None


class Extended(Result, frozen=True, kw_only=True):
    """When the longest duration ends the meeting now, in ms."""

    ends_at: float


class ConnectionInfo(Result, frozen=True, kw_only=True):
    """The caller's way into an active meeting."""

    success: bool
    video_provider: Provider
    connection_info: RoomInfo
    features: MeetingFeatures


class Joined(Result, frozen=True, kw_only=True):
    """Whether the caller is in, and may open WebRTC sessions."""

    success: bool
    webrtc_ready: bool


class Left(Result, frozen=True, kw_only=True):
    """The caller is out."""

    success: bool
