"""Every setting: one frozen class per concern, each field with its default and what it is for.

A field `limit` of a class with prefix `CONNVO_SIGNAL_` is the environment variable `CONNVO_SIGNAL_LIMIT`.
`docs/settings.md` is generated from this file. Times are in seconds unless the name says otherwise.
"""

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET = "secret"
ANY_AUDIENCE = "*"
SIGNATURE_ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip


def _section(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(env_prefix=f"CONNVO_{prefix}", frozen=True, extra="forbid")


class ServerSettings(BaseSettings):
    """Where the server listens and keeps its files."""

    model_config = _section("")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=3210, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: Path = Field(default=Path("connvo-data"), description="Folder of the database and of the local issuer's key.")
    web: Path | None = Field(
        default=None, description="Folder of the built web app. Default: `web/dist` beside the source, if it is there."
    )
    max_body_bytes: int = Field(default=16 * 1024 * 1024 + 2000, ge=1024, description="Largest request body.")
    body_seconds: float = Field(default=30.0, gt=0, description="How long a request's body may take to arrive.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="text for people, json for machines.")

    @field_validator("web")
    @classmethod
    def _built(cls, value: Path | None) -> Path | None:
        if value is not None and not (value / "index.html").is_file():
            raise ValueError(f"{value} has no index.html: build the web app first")
        return value


class IdentitySettings(BaseSettings):
    """Whose tokens are believed."""

    model_config = _section("AUTH_")
    workos_client_id: str | None = Field(default=None, description="WorkOS client id; enough to accept WorkOS tokens.")
    issuer: str | None = Field(default=None, description="Issuer of any OIDC provider, as in the token's `iss`.")
    audience: str | None = Field(
        default=None, description="Audience expected with `issuer`, as in the token's `aud`; `*` believes any."
    )
    jwks_url: str | None = Field(
        default=None, description="Key set of `issuer`; found by OIDC discovery when not given."
    )
    algorithms: str = Field(default="RS256,ES256,EdDSA", description="Accepted signature algorithms, comma separated.")
    local_issuer: bool | None = Field(
        default=None, description="Accept tokens of `connvo token`. Default: only while no other issuer is configured."
    )
    leeway: float = Field(default=5.0, ge=0, description="Clock difference tolerated in token times.")
    jwks_max_age: float = Field(default=600.0, gt=0, description="How long fetched keys are used before a refresh.")
    org_id_claim: str = Field(default="org_id", description="Claim with the organisation's id.")
    org_role_claim: str = Field(default="role", description="Claim with the role in the organisation.")

    @field_validator("algorithms")
    @classmethod
    def _known_algorithms(cls, value: str) -> str:
        unknown = [name for name in split(value) if name not in SIGNATURE_ALGORITHMS]
        if unknown or not split(value):
            raise ValueError(f"{', '.join(unknown) or 'nothing'}: choose from {', '.join(SIGNATURE_ALGORITHMS)}")
        return value

    @model_validator(mode="after")
    def _whole_issuer(self) -> Self:
        if self.issuer and not self.audience:
            raise ValueError("CONNVO_AUTH_ISSUER needs CONNVO_AUTH_AUDIENCE too")
        if not self.issuer and (self.audience or self.jwks_url):
            raise ValueError("CONNVO_AUTH_AUDIENCE and CONNVO_AUTH_JWKS_URL need CONNVO_AUTH_ISSUER too")
        return self

    @property
    def local_issuer_on(self) -> bool:
        """Whether tokens of `connvo token` are accepted."""
        return not (self.issuer or self.workos_client_id) if self.local_issuer is None else self.local_issuer


class LimitSettings(BaseSettings):
    """What one call may cost."""

    model_config = _section("LIMIT_")
    argument_bytes: int = Field(default=1024 * 1024, ge=1024, description="Largest encoded arguments of one call.")
    rows_read: int = Field(default=32_000, ge=100, description="Documents one query or mutation may read.")
    rows_written: int = Field(default=16_000, ge=100, description="Documents one mutation may write.")
    run_seconds: float = Field(default=5.0, gt=0, description="Run time of one query or mutation.")
    action_seconds: float = Field(default=60.0, gt=0, description="Run time of one action.")
    queued_mutations: int = Field(default=4096, ge=1, description="Mutations waiting before new ones are refused.")


class StoreSettings(BaseSettings):
    """The database."""

    model_config = _section("STORE_")
    group_size: int = Field(default=256, ge=1, description="Most mutations committed together.")
    group_seconds: float = Field(default=0.01, gt=0, description="Longest run of mutations before a commit.")
    log_retention: float = Field(default=3600.0, ge=60, description="How long the commit log is kept.")
    poll_seconds: float = Field(default=0.25, gt=0, description="How often the log is looked at without a hint.")
    snapshots: int = Field(default=8, ge=1, description="Most snapshots held open for /api/query_at_ts.")
    snapshot_ttl: float = Field(default=30.0, gt=0, description="How long such a snapshot is held.")


class SyncSettings(BaseSettings):
    """The sockets of clients with live queries."""

    model_config = _section("SYNC_")
    ping: float = Field(default=10.0, gt=0, le=15, description="A client hears something at least this often.")
    hello: float = Field(default=15.0, gt=0, description="How long a new connection may say nothing.")
    dead_after: float = Field(default=120.0, ge=30, description="A client that answers no ping for so long is dropped.")
    queries: int = Field(default=1000, ge=1, description="Most live queries of one connection.")
    max_message_bytes: int = Field(default=32 * 1024 * 1024, ge=1024, description="Largest message of a client.")
    compression: bool = Field(default=False, description="Compress messages: less traffic for more time and memory.")
    restart_spread: float = Field(default=2.0, ge=0, description="Over how long a stop spreads its goodbyes.")


class MeetingSettings(BaseSettings):
    """Meetings."""

    model_config = _section("MEETING_")
    mesh_participants: int = Field(
        default=4, ge=2, description="Most people in a meeting whose media goes peer to peer."
    )
    managed_participants: int = Field(default=100, ge=2, description="Most people in a meeting on a media server.")
    default_participants: int = Field(default=10, ge=1, description="Cap asked for when none is given.")
    empty_grace: float = Field(default=300.0, gt=0, description="An active meeting that stays empty this long ends.")
    max_length: float = Field(default=14_400.0, gt=0, description="An active meeting ends after this long.")


class SignalSettings(BaseSettings):
    """Signals and sessions."""

    model_config = _section("SIGNAL_")
    ttl: float = Field(default=120.0, gt=0, description="A signal nobody fetched is dropped after this long.")
    queue_cap: int = Field(default=1000, ge=1, description="Most undelivered signals per addressee and meeting.")
    page: int = Field(default=50, ge=1, le=1000, description="Most signals one getPendingSignals returns.")
    sdp_bytes: int = Field(default=64 * 1024, ge=1024, description="Largest session description.")
    candidate_bytes: int = Field(default=4 * 1024, ge=256, description="Largest ICE candidate.")
    burst: int = Field(default=600, ge=1, description="Signals a member may send at once, per meeting.")
    rate: float = Field(default=60.0, gt=0, description="Signals per second a member may send after that, per meeting.")
    lost_after: float = Field(default=30.0, gt=0, description="A session without a sign of life becomes disconnected.")
    closed_after: float = Field(default=90.0, gt=0, description="A session without a sign of life is closed.")
    sessions_per_member: int = Field(default=8, ge=1, description="Open sessions one member may have in a meeting.")


class IceSettings(BaseSettings):
    """STUN and TURN."""

    model_config = _section("ICE_")
    stun_urls: str = Field(default="", description="STUN addresses, comma separated, e.g. stun:stun.example.org:3478.")
    turn_urls: str = Field(default="", description="TURN addresses, comma separated; UDP first, then TCP, then TLS.")
    turn_secret: str | None = Field(
        default=None, description="Shared secret of the TURN REST scheme (coturn static-auth-secret)."
    )
    turn_ttl: float = Field(default=600.0, ge=60, description="Life of a TURN credential.")


class TurnSettings(BaseSettings):
    """The TURN server that `connvo serve --turn` starts: a coturn of this machine."""

    model_config = _section("TURN_")
    serve: bool = Field(default=False, description="Start it with the server, as `connvo serve --turn` does.")
    program: Path | None = Field(
        default=None, description="coturn's program. Default: `turnserver`, where it is found."
    )
    listen: str | None = Field(default=None, description="Address to listen on. Default: that of CONNVO_HOST.")
    host: str | None = Field(
        default=None,
        description="Name or address at which people reach it; with a certificate, its name. Default: the address.",
    )
    external_ip: IPv4Address | IPv6Address | None = Field(
        default=None, description="Public address of this machine, where it is not its own (NAT, most clouds)."
    )
    port: int = Field(default=3478, ge=1, le=65535, description="Port for UDP and TCP.")
    tls_port: int = Field(default=5349, ge=1, le=65535, description="Port for TLS, in use with a certificate.")
    first_relay_port: int = Field(default=49_152, ge=1024, le=65535, description="UDP ports to relay by: the first.")
    last_relay_port: int = Field(default=50_151, ge=1024, le=65535, description="UDP ports to relay by: the last.")
    realm: str | None = Field(default=None, description="Realm of the credentials. Default: the host.")
    certificate: Path | None = Field(default=None, description="Certificate chain (PEM); gives TURN over TLS.")
    key: Path | None = Field(default=None, description="Key of the certificate (PEM).")
    member_allocations: int = Field(
        default=48,
        ge=1,
        description="Most relays of one member at a time; a browser takes one per address, interface and peer.",
    )
    bytes_per_second: int = Field(
        default=1_250_000, ge=0, description="Most bytes a second through one relay, each way; 0 for any number."
    )
    local_peers: bool | None = Field(
        default=None,
        description="Relay to private addresses too. Default: only while its own address is private.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("CONNVO_TURN_CERTIFICATE and CONNVO_TURN_KEY need each other")
        if self.last_relay_port < self.first_relay_port:
            raise ValueError("CONNVO_TURN_LAST_RELAY_PORT lies below CONNVO_TURN_FIRST_RELAY_PORT")
        return self


class RoomSettings(BaseSettings):
    """Room tokens."""

    model_config = _section("ROOM_")
    token_ttl: float = Field(default=600.0, ge=30, description="Life of a room token.")


class JanusSettings(BaseSettings):
    """Janus, a media server of one's own: configured with its two addresses and the two secrets."""

    model_config = _section("JANUS_")
    admin_url: str | None = Field(
        default=None, description="Its Admin API, for this server alone, e.g. http://127.0.0.1:7088/admin."
    )
    ws_url: str | None = Field(
        default=None, description="Its WebSocket, for the browsers, e.g. wss://media.example.org/janus."
    )
    admin_secret: str | None = Field(default=None, description="Its `admin_secret`.")
    admin_key: str | None = Field(default=None, description="The `admin_key` of its VideoRoom plugin.")
    recordings: Path | None = Field(
        default=None,
        description="Folder that Janus records into, the same for both; without it rooms there are not recorded.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = {name: getattr(self, name) for name in ("admin_url", "ws_url", "admin_secret", "admin_key")}
        missing = [f"CONNVO_JANUS_{name.upper()}" for name, value in needed.items() if not value]
        if 0 < len(missing) < len(needed):
            raise ValueError(f"Janus needs {' and '.join(missing)} too")
        return self

    @property
    def configured(self) -> bool:
        """Whether there is a Janus."""
        return self.admin_url is not None


class GetStreamSettings(BaseSettings):
    """GetStream Video, a hosted media service: configured with a key and its secret; needs the extra `getstream`."""

    model_config = _section("GETSTREAM_")
    api_key: str | None = Field(default=None, description="Key of the app at GetStream.")
    api_secret: str | None = Field(
        default=None, description="Its secret; signs the tokens of members and proves GetStream's webhooks."
    )
    base_url: str | None = Field(default=None, description="Address of the API. Default: the one of GetStream's SDK.")
    call_type: str = Field(
        default="default", pattern=r"^[a-z0-9_-]{1,64}$", description="Call type of the rooms; it sets what roles may."
    )
    timeout: float = Field(default=2.5, gt=0, le=30, description="How long one request may take.")
    connect_timeout: float = Field(default=1.5, gt=0, le=30, description="How long connecting may take.")
    webhook_bytes: int = Field(
        default=1024 * 1024, ge=1024, description="Largest webhook, before and after decompression."
    )
    webhook_age: float = Field(
        default=600.0, ge=60, description="Webhooks older or newer than this are refused; younger ones count once."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.api_key) != bool(self.api_secret):
            raise ValueError("GetStream needs CONNVO_GETSTREAM_API_KEY and CONNVO_GETSTREAM_API_SECRET, both of them")
        if self.configured and find_spec("getstream") is None:
            raise ValueError("GetStream needs its SDK, which is not installed: pip install 'connvo[getstream]'")
        return self

    @property
    def configured(self) -> bool:
        """Whether there is an app at GetStream."""
        return bool(self.api_key)


class RecordingSettings(BaseSettings):
    """Recordings: how long each step may take before the server gives up on it."""

    model_config = _section("RECORDING_")
    start_seconds: float = Field(default=60.0, gt=0, description="A start that the provider confirms.")
    stop_seconds: float = Field(default=300.0, gt=0, description="A stop, which is tried again meanwhile.")
    file_seconds: float = Field(default=3600.0, gt=0, description="The file, after the recording has ended.")
    check_seconds: float = Field(
        default=30.0, ge=1, description="How often the provider is asked about a recording that is not over."
    )


class RecoverySettings(BaseSettings):
    """The recovery ladder."""

    model_config = _section("RECOVERY_")
    window: float = Field(default=120.0, gt=0, description="Failures older than this are forgotten.")
    stop_after: int = Field(default=6, ge=2, description="The failure within the window at which retrying stops.")
    duplicate_window: float = Field(
        default=2.0, ge=0, description="The same failure reported twice within this counts once."
    )


class RetentionSettings(BaseSettings):
    """How long records are kept."""

    model_config = _section("RETENTION_")
    timeline_days: int = Field(
        default=30, ge=1, description="Days after which what happened to connections is forgotten."
    )
    audit_days: int = Field(default=365, ge=1, description="Days after which rows of the audit trail are deleted.")


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
    limits: LimitSettings = field(default_factory=LimitSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
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
    secrets: Secrets = field(default_factory=Secrets)


SECTIONS: tuple[type[BaseSettings], ...] = (
    ServerSettings, IdentitySettings, LimitSettings, StoreSettings, SyncSettings, MeetingSettings, SignalSettings,
    IceSettings, TurnSettings, RoomSettings, JanusSettings, GetStreamSettings, RecordingSettings, RecoverySettings,
    RetentionSettings,
)  # fmt: skip


class SettingRow(NamedTuple):
    """One setting as people read it. `default` is empty when there is none."""

    section: str
    variable: str
    default: str
    description: str


def setting_rows() -> list[SettingRow]:
    """Returns every setting in the order of this file."""
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
    """Returns the environment variable of a section's field."""
    return f"{section.model_config.get('env_prefix', '')}{field}".upper()


def split(text: str) -> list[str]:
    """Returns the parts of a comma-separated setting."""
    return [part for raw in text.split(",") if (part := raw.strip())]
