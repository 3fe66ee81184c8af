"""Settings for operators: metrics, retention and checks."""

from pydantic import Field
from pydantic_settings import BaseSettings

from .media import section


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
