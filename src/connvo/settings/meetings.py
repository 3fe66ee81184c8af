"""Meetings: their calls, signals, recordings and recovery."""

from pydantic import Field

from .section import Section


class MeetingSettings(Section, prefix="MEETING_"):
    """Meetings."""

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


class MatchingSettings(Section, prefix="MATCHING_"):
    """Matching: users who want to meet others are paired, both agree, and there is a meeting."""

    enabled: bool = Field(
        default=True, description="Offer matching. If false, its functions refuse every call, and the page hides it."
    )
    min_score: float = Field(
        default=0.6, ge=0.3, le=1, description="Score that a pair needs at first; it falls to 0.4 within ten minutes."
    )
    entries: int = Field(
        default=2000, ge=2, le=10_000, description="Most entries that one cycle looks at, longest waiting first."
    )
    again_days: int = Field(default=90, ge=1, description="Days in which two users are not matched again.")


class NoteSettings(Section, prefix="NOTE_"):
    """Notes."""

    burst: int = Field(default=60, ge=1, description="Calls that write notes that one user may make at once.")
    per_second: float = Field(default=10.0, gt=0, description="Such calls per second after `burst`.")


class InsightSettings(Section, prefix="INSIGHT_"):
    """Reports of meetings, and insights."""

    running: int = Field(default=4, ge=1, description="Most reports that all nodes together compute at a time.")
    wait_seconds: float = Field(
        default=20.0, ge=0, le=50, description="How long a call of generateInsights waits for its report."
    )
    again_per_hour: int = Field(
        default=3, ge=1, description="How often a host may have the report of one meeting made again, per hour."
    )


class PromptSettings(Section, prefix="PROMPT_"):
    """Prompts."""

    nudges: bool = Field(
        default=True, description="Show members of a call hints such as an unanswered question, one at a time."
    )


class SignalSettings(Section, prefix="SIGNAL_"):
    """Signals and sessions."""

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


class RecordingSettings(Section, prefix="RECORDING_"):
    """Recordings: the time limit of each step."""

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


class RecoverySettings(Section, prefix="RECOVERY_"):
    """The recovery ladder."""

    window_seconds: float = Field(default=120.0, gt=0, description="Failures older than this do not count.")
    stop_after: int = Field(default=6, ge=2, description="Number of failures in the window at which retrying stops.")
    duplicate_window_seconds: float = Field(
        default=2.0, ge=0, description="The same failure reported again within this time counts once."
    )
