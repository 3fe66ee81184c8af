"""Meetings: their calls, signals, recordings and recovery."""

from pydantic import Field
from pydantic_settings import BaseSettings

from .media import section


class MeetingSettings(BaseSettings):
    """Meetings."""

    model_config = section("MEETING_")
    mesh_participants: int = Field(
        default=4, ge=2, description="Most participants of a meeting whose media goes peer to peer."
    )
    managed_participants: int = Field(
        default=100, ge=2, description="Most participants of a meeting on a media server."
    )
    default_participants: int = Field(
        default=10, ge=1, description="Participant limit of a meeting created without one."
    )
    max_members: int = Field(
        default=200,
        ge=2,
        description="Most members of one meeting: invited, present, or gone. Fewer can be present at once.",
    )
    scheduled_per_member: int = Field(
        default=200,
        ge=1,
        description="Most meetings of one organiser that have not started. To plan more, cancel some.",
    )
    create_burst: int = Field(default=30, ge=1, description="Meetings that one user may create at once.")
    create_per_minute: float = Field(default=2.0, gt=0, description="Meetings per minute after `create_burst`.")
    invite_burst: int = Field(
        default=200, ge=1, description="Addresses and unknown users that one user may invite at once."
    )
    invite_per_hour: float = Field(default=120.0, gt=0, description="Invitations per hour after `invite_burst`.")
    unanswered_invitations: int = Field(
        default=50, ge=1, description="Most unanswered invitations from one user to another."
    )
    empty_grace_seconds: float = Field(
        default=300.0,
        gt=0,
        description="End an active meeting when its call and its lobby have been empty for this long.",
    )
    reopen_seconds: float = Field(
        default=86_400.0,
        ge=0,
        description="How long a meeting that ended because it was empty can be reopened; 0 for never.",
    )
    max_length_seconds: float = Field(
        default=14_400.0, gt=0, description="Longest duration of a meeting that is not extended."
    )
    end_warning_seconds: float = Field(
        default=600.0,
        ge=0,
        description="How long before this end participants are warned, and hosts can extend the meeting.",
    )
    extension_seconds: float = Field(
        default=3600.0, gt=0, description="Duration of an extension, from when a host asks for it."
    )
    max_extended_length_seconds: float = Field(
        default=28_800.0, gt=0, description="Longest duration of a meeting, extensions included."
    )


class SignalSettings(BaseSettings):
    """Signals and sessions."""

    model_config = section("SIGNAL_")
    ttl_seconds: float = Field(default=120.0, gt=0, description="Drop an undelivered signal after this long.")
    queue_cap: int = Field(default=1000, ge=1, description="Most undelivered signals per recipient and meeting.")
    page: int = Field(default=50, ge=1, le=1000, description="Most signals in one answer of getPendingSignals.")
    page_bytes: int = Field(
        default=256 * 1024,
        ge=1024,
        description="Largest size of these signals together; the first is returned whatever its size.",
    )
    sdp_bytes: int = Field(default=64 * 1024, ge=1024, description="Largest session description.")
    candidate_bytes: int = Field(default=4 * 1024, ge=256, description="Largest ICE candidate.")
    burst: int = Field(default=600, ge=1, description="Signals a member may send at once, per meeting.")
    per_second: float = Field(
        default=60.0, gt=0, description="Signals per second after `burst`, per member and meeting."
    )
    bytes_per_call: int = Field(
        default=2048,
        ge=256,
        description="A signal counts once against the limit for this many bytes, summed over its recipients.",
    )
    lost_after_seconds: float = Field(
        default=30.0, gt=0, description="A session without a heartbeat for this long becomes disconnected."
    )
    closed_after_seconds: float = Field(
        default=90.0, gt=0, description="A session without a heartbeat for this long is closed."
    )
    sessions_per_member: int = Field(default=8, ge=1, description="Most open sessions of one member in a meeting.")


class RecordingSettings(BaseSettings):
    """Recordings: the time limit of each step."""

    model_config = section("RECORDING_")
    start_seconds: float = Field(
        default=60.0, gt=0, description="Time limit for a start, until the provider confirms it."
    )
    stop_seconds: float = Field(default=300.0, gt=0, description="Time limit for a stop, which is retried until then.")
    file_seconds: float = Field(
        default=3600.0, gt=0, description="Time limit for the file, from the end of the recording."
    )
    check_seconds: float = Field(
        default=30.0, ge=1, description="How often the provider is asked about an unfinished recording."
    )


class RecoverySettings(BaseSettings):
    """The recovery ladder."""

    model_config = section("RECOVERY_")
    window_seconds: float = Field(default=120.0, gt=0, description="Failures older than this do not count.")
    stop_after: int = Field(default=6, ge=2, description="Number of failures in the window at which retrying stops.")
    duplicate_window_seconds: float = Field(
        default=2.0, ge=0, description="The same failure reported again within this time counts once."
    )
