"""Every setting: one frozen class per concern, each field with its default and a description.

A field `limit` of a class with prefix `CONNVO_SIGNAL_` is the environment variable `CONNVO_SIGNAL_LIMIT`. Media,
identity and server settings are in modules of their own. `docs/settings.md` is generated from all of them.

Guarantees:
    A section never changes: it is frozen.
"""

import os
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import Field
from pydantic_settings import BaseSettings

from .identity import ANY_AUDIENCE as ANY_AUDIENCE
from .identity import SIGNATURE_ALGORITHMS as SIGNATURE_ALGORITHMS
from .identity import IdentitySettings as IdentitySettings
from .identity import split as split
from .media import GetStreamSettings as GetStreamSettings
from .media import IceSettings as IceSettings
from .media import JanusSettings as JanusSettings
from .media import RoomSettings as RoomSettings
from .media import TurnSettings as TurnSettings
from .media import section
from .server import HttpSettings as HttpSettings
from .server import LimitSettings as LimitSettings
from .server import RateSettings as RateSettings
from .server import ServerSettings as ServerSettings

SECRET = "secret"


class MetricsSettings(BaseSettings):
    """Metrics and health details, for operators only."""

    model_config = section("METRICS_")
    host: str = Field(default="127.0.0.1", description="Address of the operators' listener.")
    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port of the operators' listener; 0 picks a free one. Default: no such listener.",
    )
    token: str | None = Field(
        default=None,
        min_length=16,
        pattern=r"^[\x21-\x7e]+$",
        description="Bearer token of operators, on both listeners: at least 16 ASCII characters without spaces. "
        "Default: none; the operators' listener is then open. Without that listener, a server that listens on "
        "loopback answers programs on its own machine.",
    )
    max_age_seconds: float = Field(default=1.0, ge=0, description="How long rendered metrics are cached.")


class StoreSettings(BaseSettings):
    """The database."""

    model_config = section("STORE_")
    group_size: int = Field(default=256, ge=1, description="Most mutations in one group commit.")
    group_seconds: float = Field(
        default=0.01, gt=0, description="Longest time that mutations run before their group is committed."
    )
    log_retention_seconds: float = Field(default=3600.0, ge=60, description="How long the commit log is kept.")
    poll_seconds: float = Field(
        default=0.25, gt=0, description="Poll interval of the commit log, for commits that no hint announced."
    )
    snapshots: int = Field(default=8, ge=1, description="Most snapshots held open for `/api/query_at_ts`.")
    snapshots_per_account: int = Field(default=2, ge=1, description="Most snapshots held open for one account.")
    snapshot_ttl_seconds: float = Field(default=30.0, gt=0, description="How long a snapshot is held open.")
    snapshot_span_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Close all snapshots for one second after some were open without a gap for this long.",
    )
    wal_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024 * 1024,
        description="SQLite: size of the write-ahead log at which snapshots are closed, so that the log can restart.",
    )


class DatabaseSettings(BaseSettings):
    """Database connection; without an address, a SQLite file in the data folder."""

    model_config = section("DATABASE_")
    url: str | None = Field(
        default=None, description="PostgreSQL address, as postgresql://user:password@host:5432/database."
    )
    connections: int = Field(default=8, ge=2, description="Most connections of one process for reading.")
    connect_timeout_seconds: float = Field(default=5.0, ge=2, description="Time limit for connecting.")


class NodeSettings(BaseSettings):
    """Cluster: the processes that serve one database, and how they detect a dead one."""

    model_config = section("NODE_")
    renew_seconds: float = Field(default=5.0, gt=0, description="How often a process renews its lease.")
    missed_renewals: int = Field(default=3, ge=2, description="Missed renewals after which a process counts as dead.")


class SyncSettings(BaseSettings):
    """WebSocket connections of clients with live queries."""

    model_config = section("SYNC_")
    ping_seconds: float = Field(default=10.0, gt=0, le=15, description="Keep-alive interval.")
    handshake_timeout_seconds: float = Field(default=15.0, gt=0, description="Time limit for the first message.")
    ping_timeout_seconds: float = Field(
        default=120.0, ge=30, description="Drop a client that has answered no ping for this long."
    )
    queries: int = Field(default=1000, ge=1, description="Most live queries of one connection.")
    queries_per_account: int = Field(
        default=2000, ge=1, description="Most live queries of one account, over all its connections to a process."
    )
    queries_per_network: int = Field(
        default=1000, ge=1, description="Most live queries of one network, over its connections without a sign-in."
    )
    query_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="Largest total size of live query arguments, of one account or one network without a sign-in.",
    )
    result_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="Largest total size of live query results of one connection; its largest result does not count.",
    )
    max_message_bytes: int = Field(
        default=1024 * 1024 + 16 * 1024,
        ge=1024,
        description="Largest message of a client with a token. Its set of live queries has to fit into one message.",
    )
    message_seconds: float = Field(default=30.0, gt=0, description="Time limit for receiving one message.")
    stranger_message_bytes: int = Field(
        default=64 * 1024, ge=1024, description="Largest message of a client whose token is not accepted yet."
    )
    stranger_queries: int = Field(default=20, ge=1, description="Most live queries of a connection without a token.")
    stranger_idle_seconds: float = Field(
        default=60.0, gt=0, description="Close a connection without a token and without live queries after this long."
    )
    stranger_wait_seconds: float = Field(
        default=10.0,
        gt=0,
        description="Close a connection without a token when the call limit of its network has held it up this long.",
    )
    control_frames_per_second: float = Field(
        default=10.0, ge=1, description="Most pings and pongs of one client per second."
    )
    fragments_per_second: float = Field(
        default=100.0, ge=1, description="Most message fragments of one client per second."
    )
    account_mutations: int = Field(
        default=256,
        ge=1,
        description="Most mutations in progress at once, of one account or one network without a sign-in.",
    )
    account_actions: int = Field(
        default=100,
        ge=1,
        description="Most actions in progress at once, of one account or one network without a sign-in.",
    )
    actions: int = Field(default=2000, ge=1, description="Most actions in progress at once, over all connections.")
    compression: bool = Field(default=False, description="Compress messages: less traffic, more CPU time and memory.")
    shutdown_jitter_seconds: float = Field(
        default=2.0, ge=0, description="Spread disconnects at shutdown over this time."
    )


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


class RetentionSettings(BaseSettings):
    """How long records are kept."""

    model_config = section("RETENTION_")
    timeline_days: int = Field(default=30, ge=1, description="Days after which the history of connections is deleted.")
    audit_days: int = Field(default=365, ge=1, description="Days after which rows of the audit trail are deleted.")
    report_days: int = Field(default=180, ge=1, description="Days after which reports of users are deleted.")


class DoctorSettings(BaseSettings):
    """`connvo doctor`, and `/readyz?deep=1`, which runs its cheap checks."""

    model_config = section("DOCTOR_")
    timeout_seconds: float = Field(default=10.0, gt=0, description="Time limit for one check.")
    ntp: str | None = Field(
        default=None,
        description="NTP server to compare the clock with, HOST or HOST:PORT. Default: the issuer's clock.",
    )
    deep_timeout_seconds: float = Field(default=3.0, gt=0, description="Time limit for `/readyz?deep=1`.")
    deep_cache_seconds: float = Field(default=15.0, ge=1, description="How long its result is cached.")


class Secrets:
    """Generated keys, never configured. `room_token` signs room tokens; it comes from the database."""

    __slots__ = ("room_token",)

    def __init__(self, room_token: bytes | None = None) -> None:
        self.room_token = room_token or os.urandom(32)


@dataclass(slots=True, kw_only=True, eq=False)
class Settings:
    """All sections, read from the environment unless given."""

    server: ServerSettings = field(default_factory=ServerSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    rates: RateSettings = field(default_factory=RateSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    node: NodeSettings = field(default_factory=NodeSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    meetings: MeetingSettings = field(default_factory=MeetingSettings)
    signals: SignalSettings = field(default_factory=SignalSettings)
    ice: IceSettings = field(default_factory=IceSettings)
    turn: TurnSettings = field(default_factory=TurnSettings)
    rooms: RoomSettings = field(default_factory=RoomSettings)
    janus: JanusSettings = field(default_factory=JanusSettings)
    getstream: GetStreamSettings = field(default_factory=GetStreamSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    recovery: RecoverySettings = field(default_factory=RecoverySettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    doctor: DoctorSettings = field(default_factory=DoctorSettings)
    secrets: Secrets = field(default_factory=Secrets)


SECTIONS: tuple[type[BaseSettings], ...] = (
    ServerSettings, IdentitySettings, HttpSettings, MetricsSettings, LimitSettings, RateSettings, StoreSettings,
    DatabaseSettings,
    NodeSettings, SyncSettings, MeetingSettings, SignalSettings, IceSettings, TurnSettings, RoomSettings, JanusSettings,
    GetStreamSettings, RecordingSettings, RecoverySettings, RetentionSettings, DoctorSettings,
)  # fmt: skip


class SettingRow(NamedTuple):
    """One setting, as `docs/settings.md` shows it. `default` is empty when there is none."""

    section: str
    variable: str
    default: str
    description: str


def setting_rows() -> list[SettingRow]:
    """Return every setting, in the order of `SECTIONS`."""
    return [
        SettingRow(
            section=(section.__doc__ or "").strip(),
            variable=variable_of(section, name),
            default="" if field.default is None else str(field.default),
            description=field.description or "",
        )
        for section in SECTIONS
        for name, field in section.model_fields.items()
    ]


def variable_of(section: type[BaseSettings], field: str) -> str:
    """Return the environment variable of a section's field."""
    return f"{section.model_config.get('env_prefix', '')}{field}".upper()
