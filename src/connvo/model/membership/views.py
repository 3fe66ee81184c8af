"""Arguments and results of the membership functions."""

from typing import Literal, TypeAlias

from connvo.model.rooms.connection_info import RoomInfo, StartedRoom
from connvo.runtime.wire import Args, Result
from connvo.schema.meetings import MeetingId, ParticipantId, Provider
from connvo.schema.users import UserId

AskedRole: TypeAlias = Literal["host", "co-host", "participant", "observer"]


class MeetingFeatures(Result, frozen=True, kw_only=True):
    """Features of a meeting. `max_participants` is the enforced cap, whatever the request was."""

    recording: bool
    transcription: bool
    max_participants: float


class CreatedMeeting(Result, frozen=True, kw_only=True):
    """A new meeting, its provider and its features."""

    meeting_id: MeetingId
    webrtc_ready: bool
    video_provider: Provider
    features: MeetingFeatures


class Added(Result, frozen=True, kw_only=True):
    """A new membership."""

    participant_id: ParticipantId
    success: bool


class NewMember(Args, frozen=True, kw_only=True):
    """A user to add."""

    user_id: UserId
    role: AskedRole


class Skipped(Result, frozen=True, kw_only=True):
    """A user who was not added, and the reason."""

    user_id: UserId
    reason: str


class AddedMany(Result, frozen=True, kw_only=True):
    """Users added and skipped. `success` is true if a user was added or none was requested."""

    added: list[ParticipantId]
    skipped: list[Skipped]
    success: bool


class Started(Result, frozen=True, kw_only=True):
    """A meeting that is now active, and how the caller connects to it."""

    success: bool
    webrtc_ready: bool
    video_provider: Provider
    room_info: StartedRoom | None = None


class Ended(Result, frozen=True, kw_only=True):
    """The end of a meeting. `duration` is how long it was active, in ms."""

    success: bool
    duration: float | None = None


class Extended(Result, frozen=True, kw_only=True):
    """An extended meeting and the new time of its end, in ms."""

    ends_at: float


class ConnectionInfo(Result, frozen=True, kw_only=True):
    """How the caller connects to an active meeting."""

    success: bool
    video_provider: Provider
    connection_info: RoomInfo
    features: MeetingFeatures


class Joined(Result, frozen=True, kw_only=True):
    """The result of joining: whether the caller is in, and may open WebRTC sessions."""

    success: bool
    webrtc_ready: bool


class Left(Result, frozen=True, kw_only=True):
    """The result of leaving."""

    success: bool
