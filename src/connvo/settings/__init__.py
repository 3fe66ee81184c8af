"""Every setting: one frozen class per concern, each field with its default and what it is for.

A field `limit` of a class with prefix `CONNVO_SIGNAL_` is the environment variable `CONNVO_SIGNAL_LIMIT`.
Those of media and identity are in files of their own. `docs/settings.md` is generated from all of them. Times are in
seconds unless the name says otherwise.
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
    """Metrics and the details of health, which operators alone see."""

    model_config = section("METRICS_")
    host: str = Field(default="127.0.0.1", description="Address of the operators' own listener.")
    port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port of that listener; 0 takes a free one. Default: no such listener.",
    )
    token: str | None = Field(
        default=None,
        min_length=16,
        pattern=r"^[\x21-\x7e]+$",
        description="Bearer token that proves an operator, on both listeners: 16 characters or more of ASCII without "
        "spaces. Default: none; then the own listener is open, and without one a server that listens on loopback "
        "answers programs of its machine.",
    )
    max_age_seconds: float = Field(default=1.0, ge=0, description="How long rendered metrics are sent again.")


class StoreSettings(BaseSettings):
    """The database."""

    model_config = section("STORE_")
    group_size: int = Field(default=256, ge=1, description="Most mutations committed together.")
    group_seconds: float = Field(default=0.01, gt=0, description="Longest run of mutations before a commit.")
    log_retention_seconds: float = Field(default=3600.0, ge=60, description="How long the commit log is kept.")
    poll_seconds: float = Field(default=0.25, gt=0, description="How often the log is looked at without a hint.")
    snapshots: int = Field(default=8, ge=1, description="Most snapshots held open for /api/query_at_ts.")
    snapshots_per_account: int = Field(default=2, ge=1, description="Most of them that are held for one account.")
    snapshot_ttl_seconds: float = Field(default=30.0, gt=0, description="How long such a snapshot is held.")
    snapshot_span_seconds: float = Field(
        default=60.0, gt=0, description="After this long without a gap all of them are closed for a second."
    )
    wal_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024 * 1024,
        description="SQLite: size of the write-ahead log beyond which they are given up, so that it can begin again.",
    )


class DatabaseSettings(BaseSettings):
    """Which database; without an address, a SQLite file in the data folder."""

    model_config = section("DATABASE_")
    url: str | None = Field(default=None, description="PostgreSQL, as postgresql://user:password@host:5432/database.")
    connections: int = Field(default=8, ge=2, description="Most connections of one process for reading.")
    connect_timeout_seconds: float = Field(default=5.0, ge=2, description="How long connecting may take.")


class NodeSettings(BaseSettings):
    """The processes that serve one database, and how they notice that one of them is gone."""

    model_config = section("NODE_")
    renew_seconds: float = Field(default=5.0, gt=0, description="How often a process renews its lease.")
    missed_renewals: int = Field(
        default=3, ge=2, description="Renewals that others must miss before they take it for dead."
    )


class SyncSettings(BaseSettings):
    """The sockets of clients with live queries."""

    model_config = section("SYNC_")
    ping_seconds: float = Field(default=10.0, gt=0, le=15, description="A client hears something at least this often.")
    handshake_timeout_seconds: float = Field(
        default=15.0, gt=0, description="How long a new connection may say nothing."
    )
    ping_timeout_seconds: float = Field(
        default=120.0, ge=30, description="A client that answers no ping for so long is dropped."
    )
    queries: int = Field(default=1000, ge=1, description="Most live queries of one connection.")
    queries_per_account: int = Field(
        default=2000, ge=1, description="Most live queries of one account, over all its connections to a process."
    )
    queries_per_network: int = Field(
        default=1000, ge=1, description="Most live queries of the connections of one network without a sign-in."
    )
    query_bytes: int = Field(
        default=4 * 1024 * 1024, ge=1024, description="Largest arguments of these live queries together."
    )
    result_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="Largest results of the live queries of one connection together, the largest of them aside.",
    )
    max_message_bytes: int = Field(
        default=1024 * 1024 + 16 * 1024,
        ge=1024,
        description="Largest message of a client with a token. What it watches has to fit into one.",
    )
    message_seconds: float = Field(default=30.0, gt=0, description="How long one message may take to arrive.")
    stranger_message_bytes: int = Field(
        default=64 * 1024, ge=1024, description="Largest message of a client before its token was accepted."
    )
    stranger_queries: int = Field(default=20, ge=1, description="Most live queries of a connection without a token.")
    stranger_idle_seconds: float = Field(
        default=60.0, gt=0, description="A connection without a token that watches nothing is closed after this long."
    )
    stranger_wait_seconds: float = Field(
        default=10.0,
        gt=0,
        description="How long a connection without a token may wait for the calls of its network before it is closed.",
    )
    control_frames_per_second: float = Field(
        default=10.0, ge=1, description="Pings and pongs a client may send a second."
    )
    fragments_per_second: float = Field(
        default=100.0, ge=1, description="Pieces of messages a client may send a second."
    )
    account_mutations: int = Field(
        default=256, ge=1, description="Mutations of one account, or network of strangers, under way at once."
    )
    account_actions: int = Field(
        default=100, ge=1, description="Actions of one account, or network of strangers, under way at once."
    )
    actions: int = Field(default=2000, ge=1, description="Actions of all sockets under way at once.")
    compression: bool = Field(default=False, description="Compress messages: less traffic for more time and memory.")
    shutdown_jitter_seconds: float = Field(default=2.0, ge=0, description="Over how long a stop spreads its goodbyes.")


class MeetingSettings(BaseSettings):
    """Meetings."""

    model_config = section("MEETING_")
    mesh_participants: int = Field(
        default=4, ge=2, description="Most people in a meeting whose media goes peer to peer."
    )
    managed_participants: int = Field(default=100, ge=2, description="Most people in a meeting on a media server.")
    default_participants: int = Field(default=10, ge=1, description="Cap asked for when none is given.")
    max_members: int = Field(
        default=200,
        ge=2,
        description="Most people who belong to one meeting: invited, in, or gone. How many can be in at once is less.",
    )
    scheduled_per_member: int = Field(
        default=200, ge=1, description="Most meetings of one organiser that have not started; cancel some to plan more."
    )
    create_burst: int = Field(default=30, ge=1, description="Meetings one member may create at once.")
    create_per_minute: float = Field(default=2.0, gt=0, description="Meetings a minute they may create after that.")
    invite_burst: int = Field(
        default=200, ge=1, description="Addresses, and members they do not know, that one member may invite at once."
    )
    invite_per_hour: float = Field(default=120.0, gt=0, description="Those an hour that they may invite after that.")
    unanswered_invitations: int = Field(
        default=50, ge=1, description="Invitations of one member that may wait for an answer of one person."
    )
    empty_grace_seconds: float = Field(
        default=300.0,
        gt=0,
        description="An active meeting ends when everybody has left and nobody has waited in its lobby this long.",
    )
    reopen_seconds: float = Field(
        default=86_400.0, ge=0, description="How long a meeting that ended empty can be opened again; 0 for never."
    )
    max_length_seconds: float = Field(default=14_400.0, gt=0, description="An active meeting ends after this long.")
    end_warning_seconds: float = Field(
        default=600.0, ge=0, description="How long before that its people are told, and hosts can extend it."
    )
    extension_seconds: float = Field(
        default=3600.0, gt=0, description="An extended meeting goes on for this long, counted from when a host asks."
    )
    max_extended_length_seconds: float = Field(
        default=28_800.0, gt=0, description="An active meeting ends after this long, however often it was extended."
    )


class SignalSettings(BaseSettings):
    """Signals and sessions."""

    model_config = section("SIGNAL_")
    ttl_seconds: float = Field(default=120.0, gt=0, description="A signal nobody fetched is dropped after this long.")
    queue_cap: int = Field(default=1000, ge=1, description="Most undelivered signals per addressee and meeting.")
    page: int = Field(default=50, ge=1, le=1000, description="Most signals one getPendingSignals returns.")
    page_bytes: int = Field(
        default=256 * 1024, ge=1024, description="Most bytes of them; the first is returned whatever its size."
    )
    sdp_bytes: int = Field(default=64 * 1024, ge=1024, description="Largest session description.")
    candidate_bytes: int = Field(default=4 * 1024, ge=256, description="Largest ICE candidate.")
    burst: int = Field(default=600, ge=1, description="Signals a member may send at once, per meeting.")
    per_second: float = Field(
        default=60.0, gt=0, description="Signals per second a member may send after that, per meeting."
    )
    bytes_per_call: int = Field(
        default=2048, ge=256, description="A signal counts once for this many bytes, summed over its addressees."
    )
    lost_after_seconds: float = Field(
        default=30.0, gt=0, description="A session without a sign of life becomes disconnected."
    )
    closed_after_seconds: float = Field(default=90.0, gt=0, description="A session without a sign of life is closed.")
    sessions_per_member: int = Field(default=8, ge=1, description="Open sessions one member may have in a meeting.")


class RecordingSettings(BaseSettings):
    """Recordings: how long each step may take before the server gives up on it."""

    model_config = section("RECORDING_")
    start_seconds: float = Field(default=60.0, gt=0, description="A start that the provider confirms.")
    stop_seconds: float = Field(default=300.0, gt=0, description="A stop, which is tried again meanwhile.")
    file_seconds: float = Field(default=3600.0, gt=0, description="The file, after the recording has ended.")
    check_seconds: float = Field(
        default=30.0, ge=1, description="How often the provider is asked about a recording that is not over."
    )


class RecoverySettings(BaseSettings):
    """The recovery ladder."""

    model_config = section("RECOVERY_")
    window_seconds: float = Field(default=120.0, gt=0, description="Failures older than this are forgotten.")
    stop_after: int = Field(default=6, ge=2, description="The failure within the window at which retrying stops.")
    duplicate_window_seconds: float = Field(
        default=2.0, ge=0, description="The same failure reported twice within this counts once."
    )


class RetentionSettings(BaseSettings):
    """How long records are kept."""

    model_config = section("RETENTION_")
    timeline_days: int = Field(
        default=30, ge=1, description="Days after which what happened to connections is forgotten."
    )
    audit_days: int = Field(default=365, ge=1, description="Days after which rows of the audit trail are deleted.")
    report_days: int = Field(default=180, ge=1, description="Days after which what people reported is deleted.")


class DoctorSettings(BaseSettings):
    """`connvo doctor`, and `/readyz?deep=1`, which asks the cheap part of it."""

    model_config = section("DOCTOR_")
    timeout_seconds: float = Field(default=10.0, gt=0, description="How long one check may take.")
    ntp: str | None = Field(
        default=None,
        description="NTP server to compare the clock with, HOST or HOST:PORT. Default: the issuer's clock.",
    )
    deep_timeout_seconds: float = Field(default=3.0, gt=0, description="How long `/readyz?deep=1` may take.")
    deep_cache_seconds: float = Field(default=15.0, ge=1, description="How long what these found is told again.")


class Secrets:
    """Keys that are made, not configured. `room_token` signs room tokens; it comes from the database."""

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
    """One setting as people read it. `default` is empty when there is none."""

    section: str
    variable: str
    default: str
    description: str


def setting_rows() -> list[SettingRow]:
    """Return every setting in the order of this file."""
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
