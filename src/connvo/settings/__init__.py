"""Every setting: one frozen class per concern, each field with its default and a description.

A field `limit` of a class with prefix `CONNVO_SIGNAL_` is the environment variable `CONNVO_SIGNAL_LIMIT`. The sections
are in the modules of this package. `docs/settings.md` is generated from all of them.

Guarantees:
    A section never changes: it is frozen.
"""

import os
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic_settings import BaseSettings

from .cluster import DatabaseSettings as DatabaseSettings
from .cluster import NodeSettings as NodeSettings
from .cluster import StoreSettings as StoreSettings
from .identity import ANY_AUDIENCE as ANY_AUDIENCE
from .identity import SIGNATURE_ALGORITHMS as SIGNATURE_ALGORITHMS
from .identity import IdentitySettings as IdentitySettings
from .identity import split as split
from .limits import LimitSettings as LimitSettings
from .limits import RateSettings as RateSettings
from .media import GetStreamSettings as GetStreamSettings
from .media import IceSettings as IceSettings
from .media import JanusSettings as JanusSettings
from .media import RoomSettings as RoomSettings
from .media import TurnSettings as TurnSettings
from .meetings import MeetingSettings as MeetingSettings
from .meetings import RecordingSettings as RecordingSettings
from .meetings import RecoverySettings as RecoverySettings
from .meetings import SignalSettings as SignalSettings
from .operators import DoctorSettings as DoctorSettings
from .operators import MetricsSettings as MetricsSettings
from .operators import RetentionSettings as RetentionSettings
from .server import HttpSettings as HttpSettings
from .server import ServerSettings as ServerSettings
from .sync import SyncSettings as SyncSettings

SECRET = "secret"


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
