"""Limits and rates of calls."""

from pydantic import Field, field_validator

from .identity import split
from .section import Section

OVERLOAD_SIGNALS = ("event_loop", "queue", "memory", "open_files")


class LimitSettings(Section, prefix="LIMIT_"):
    """Limits of one call."""

    argument_bytes: int = Field(default=1024 * 1024, ge=1024, description="Largest encoded arguments of one call.")
    argument_values: int = Field(
        default=8192, ge=64, description="Most list elements, fields, lists and objects in the arguments of one call."
    )
    rows_read: int = Field(default=32_000, ge=100, description="Most documents that one query or mutation may read.")
    rows_written: int = Field(default=16_000, ge=100, description="Most documents that one mutation may write.")
    run_seconds: float = Field(default=5.0, gt=0, description="Time limit for one query or mutation.")
    action_seconds: float = Field(default=60.0, gt=0, description="Time limit for one action.")
    idempotency_records: int = Field(
        default=10_000,
        ge=100,
        description="Most mutation results kept for one account, so that a mutation sent again runs once.",
    )
    queued_mutations: int = Field(default=4096, ge=1, description="Most queued mutations; further ones are refused.")
    queued_mutations_per_account: int = Field(
        default=1024, ge=1, description="Most queued mutations of one account; further ones are refused."
    )


class OverloadSettings(Section, prefix="OVERLOAD_"):
    """When a node refuses calls because it has too much to do."""

    signals: str = Field(
        default=",".join(OVERLOAD_SIGNALS),
        description="Signs of overload, comma separated, by which this node refuses calls, the least important first. "
        "Leave out `memory` where other programs fill the memory of the machine.",
    )

    @field_validator("signals")
    @classmethod
    def _known_signals(cls, value: str) -> str:
        if unknown := set(split(value)) - set(OVERLOAD_SIGNALS):
            raise ValueError(f"{', '.join(sorted(unknown))}: choose from {', '.join(OVERLOAD_SIGNALS)}")
        return value

    @property
    def watched(self) -> frozenset[str]:
        """The signs of overload by which calls are refused."""
        return frozenset(split(self.signals))


class RateSettings(Section, prefix="RATE_"):
    """Call rates of one account, or of one network without a sign-in. Each node counts separately."""

    network_burst: int = Field(
        default=300, ge=1, description="Calls without a token that one network may make at once."
    )
    network_per_second: float = Field(default=30.0, gt=0, description="Calls per second after `network_burst`.")
    account_burst: int = Field(default=1200, ge=1, description="Calls that one account may make at once.")
    account_per_second: float = Field(default=120.0, gt=0, description="Calls per second after `account_burst`.")
