"""Settings for operators: metrics, retention and checks."""

from importlib.util import find_spec
from typing import Self

from pydantic import Field, model_validator

from .section import Section

AUDIT_KEY_DIGITS = 64


class MetricsSettings(Section, prefix="METRICS_"):
    """Metrics and health details, for operators only."""

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


class RetentionSettings(Section, prefix="RETENTION_"):
    """How long records are kept."""

    timeline_days: int = Field(default=30, ge=1, description="Days after which the history of connections is deleted.")
    audit_days: int = Field(default=365, ge=1, description="Days after which rows of the audit trail are deleted.")
    audit_source_days: int = Field(
        default=30, ge=1, description="Days after which addresses and user agents of audited calls are deleted."
    )
    report_days: int = Field(default=180, ge=1, description="Days after which reports of users are deleted.")
    transcript_days: int = Field(default=90, ge=1, description="Days after which chunks of transcripts are deleted.")
    segment_days: int = Field(
        default=365, ge=1, description="Days after which segments, the paragraphs of transcripts, are deleted."
    )
    insight_days: int = Field(
        default=365, ge=1, description="Days after which reports of meetings and insights are deleted."
    )
    match_days: int = Field(
        default=365, ge=90, description="Days after which entries, matches and answers to them are deleted."
    )
    prompt_days: int = Field(default=7, ge=1, description="Days after which prompts without feedback are deleted.")
    metrics_days: int = Field(
        default=40, ge=31, description="Days after which measurements, and metrics of callers, are deleted."
    )
    rated_prompt_days: int = Field(default=365, ge=1, description="Days after which prompts with feedback are deleted.")


class AuditSettings(Section, prefix="AUDIT_"):
    """The seals of the audit trail."""

    key: str | None = Field(
        default=None,
        pattern=rf"^[0-9a-fA-F]{{{AUDIT_KEY_DIGITS}}}$",
        description="Key that signs the seals (secret): 64 hexadecimal digits, the same on all nodes, kept apart from "
        "the database. Default: none; the seals are not signed.",
    )

    @property
    def key_bytes(self) -> bytes | None:
        """The key, None without one."""
        return None if self.key is None else bytes.fromhex(self.key)


class AlertSettings(Section, prefix="ALERT_"):
    """Alerts about objectives."""

    url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="Address to which a change of an objective's state is posted as JSON. Default: it is only logged.",
    )


class TracesSettings(Section, prefix="TRACES_"):
    """Traces of calls for a collector of OpenTelemetry."""

    url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Where traces are sent by OTLP over HTTP, as http://127.0.0.1:4318/v1/traces. Needs the extra "
        "`tracing`; OTEL_EXPORTER_OTLP_HEADERS may hold a key. Default: nothing is traced.",
    )
    share: float = Field(
        default=1.0, ge=0, le=1, description="Part of the traces that begin here and are recorded, from 0 to 1."
    )
    service: str = Field(default="connvo", min_length=1, description="Name of the service in the traces.")

    @model_validator(mode="after")
    def _installed(self) -> Self:
        if self.url is not None and find_spec("opentelemetry") is None:
            raise ValueError(
                "CONNVO_TRACES_URL needs OpenTelemetry, which is not installed: pip install 'connvo[tracing]', "
                "or in a clone: .venv/bin/pip install -e '.[tracing]'"
            )
        return self


class DoctorSettings(Section, prefix="DOCTOR_"):
    """`connvo doctor`, and `/readyz?deep=1`, which runs its cheap checks."""

    timeout_seconds: float = Field(default=10.0, gt=0, description="Time limit for one check.")
    ntp: str | None = Field(
        default=None,
        description="NTP server to compare the clock with, HOST or HOST:PORT. Default: the issuer's clock.",
    )
    deep_timeout_seconds: float = Field(default=3.0, gt=0, description="Time limit for `/readyz?deep=1`.")
    deep_cache_seconds: float = Field(default=15.0, ge=1, description="How long its result is cached.")
