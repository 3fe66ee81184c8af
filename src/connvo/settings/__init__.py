"""Every setting: one frozen class per concern, each field with its default and a description.

A field `limit` of a class with prefix `CONNVO_SIGNAL_` is the environment variable `CONNVO_SIGNAL_LIMIT`. The sections
are in the modules of this package. `docs/settings.md` is generated from all of them.

Guarantees:
    Neither a section nor the settings as a whole ever change: what differs is a new object.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from .ai import AiSettings as AiSettings
from .cluster import DatabaseSettings as DatabaseSettings
from .cluster import NodeSettings as NodeSettings
from .cluster import StoreSettings as StoreSettings
from .embeddings import EmbeddingSettings as EmbeddingSettings
from .identity import ANY_AUDIENCE as ANY_AUDIENCE
from .identity import SIGNATURE_ALGORITHMS as SIGNATURE_ALGORITHMS
from .identity import IdentitySettings as IdentitySettings
from .identity import split as split
from .limits import LimitSettings as LimitSettings
from .limits import OverloadSettings as OverloadSettings
from .limits import RateSettings as RateSettings
from .media import GetStreamSettings as GetStreamSettings
from .media import IceSettings as IceSettings
from .media import JanusSettings as JanusSettings
from .media import RoomSettings as RoomSettings
from .media import TurnSettings as TurnSettings
from .meetings import InsightSettings as InsightSettings
from .meetings import MatchingSettings as MatchingSettings
from .meetings import MeetingSettings as MeetingSettings
from .meetings import NoteSettings as NoteSettings
from .meetings import PromptSettings as PromptSettings
from .meetings import RecordingSettings as RecordingSettings
from .meetings import RecoverySettings as RecoverySettings
from .meetings import SignalSettings as SignalSettings
from .operators import AlertSettings as AlertSettings
from .operators import AuditSettings as AuditSettings
from .operators import DoctorSettings as DoctorSettings
from .operators import MetricsSettings as MetricsSettings
from .operators import RetentionSettings as RetentionSettings
from .operators import TracesSettings as TracesSettings
from .section import Section as Section
from .server import HttpSettings as HttpSettings
from .server import ServerSettings as ServerSettings
from .speech import SpeechSettings as SpeechSettings
from .sync import SyncSettings as SyncSettings

KEY_BYTES = 32


def _key_in_memory() -> Callable[[], bytes]:
    key = os.urandom(KEY_BYTES)
    return lambda: key


@dataclass(slots=True, frozen=True, eq=False)
class Secrets:
    """Generated keys, never configured. `source` returns the one that the database keeps, once it is open."""

    source: Callable[[], bytes] = field(default_factory=_key_in_memory)

    @property
    def room_token(self) -> bytes:
        """The key that signs room tokens."""
        return self.source()


@dataclass(slots=True, frozen=True, kw_only=True, eq=False)
class Settings:
    """All sections, read from the environment unless given."""

    server: ServerSettings = field(default_factory=ServerSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    overload: OverloadSettings = field(default_factory=OverloadSettings)
    rates: RateSettings = field(default_factory=RateSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    node: NodeSettings = field(default_factory=NodeSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    meetings: MeetingSettings = field(default_factory=MeetingSettings)
    matching: MatchingSettings = field(default_factory=MatchingSettings)
    notes: NoteSettings = field(default_factory=NoteSettings)
    insights: InsightSettings = field(default_factory=InsightSettings)
    prompts: PromptSettings = field(default_factory=PromptSettings)
    signals: SignalSettings = field(default_factory=SignalSettings)
    ice: IceSettings = field(default_factory=IceSettings)
    turn: TurnSettings = field(default_factory=TurnSettings)
    rooms: RoomSettings = field(default_factory=RoomSettings)
    janus: JanusSettings = field(default_factory=JanusSettings)
    getstream: GetStreamSettings = field(default_factory=GetStreamSettings)
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    recovery: RecoverySettings = field(default_factory=RecoverySettings)
    ai: AiSettings = field(default_factory=AiSettings)
    embeddings: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    traces: TracesSettings = field(default_factory=TracesSettings)
    doctor: DoctorSettings = field(default_factory=DoctorSettings)
    secrets: Secrets = field(default_factory=Secrets)


SECTIONS: tuple[type[Section], ...] = (
    ServerSettings, IdentitySettings, HttpSettings, MetricsSettings, LimitSettings, OverloadSettings, RateSettings,
    StoreSettings,
    DatabaseSettings, NodeSettings, SyncSettings, MeetingSettings, MatchingSettings, NoteSettings, InsightSettings,
    PromptSettings, SignalSettings, IceSettings, TurnSettings, RoomSettings, JanusSettings, GetStreamSettings,
    SpeechSettings, RecordingSettings, RecoverySettings, AiSettings, EmbeddingSettings, RetentionSettings,
    AuditSettings, AlertSettings, TracesSettings, DoctorSettings,
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
            variable=section.variable(name),
            default="" if field.default is None else str(field.default),
            description=field.description or "",
        )
        for section in SECTIONS
        for name, field in section.model_fields.items()
    ]
