"""Settings of the server itself: where it listens, and what connections, requests and calls may cost."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from .identity import split
from .media import PLACE, section


class ServerSettings(BaseSettings):
    """Where the server listens and keeps its files."""

    model_config = section("")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=3210, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: Path = Field(default=Path("connvo-data"), description="Folder of the database and of the local issuer's key.")
    web: Path | None = Field(
        default=None, description="Folder of the built web app. Default: `web/dist` beside the source, if it is there."
    )
    picture_hosts: str = Field(
        default="https://*.googleusercontent.com,https://workoscdn.com,https://*.gravatar.com",
        description="Hosts that pictures of people may be loaded from, comma separated: those of your identity "
        "provider. Pictures from elsewhere are not shown, so nobody learns who looks at theirs.",
    )
    max_body_bytes: int = Field(
        default=1024 * 1024 + 64 * 1024,
        ge=1024,
        description="Largest request body with a token: the arguments of one call and what surrounds them, or all "
        "calls of one `/api/query_batch`.",
    )
    max_anonymous_body_bytes: int = Field(
        default=64 * 1024, ge=1024, description="Largest request body before a token was accepted."
    )
    body_seconds: float = Field(default=30.0, gt=0, description="How long a request's body may take to arrive.")
    trusted_proxies: str = Field(
        default="",
        description="Networks of the proxies in front, as 10.0.0.0/8, with commas between them: the client's address "
        "is then the last one in `X-Forwarded-For` that is not theirs. Default: none, the header is ignored.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="text for people, json for machines.")
    log_lines_a_minute: int = Field(
        default=10,
        ge=1,
        description="Lines of one event and code a minute; the rest are counted, in `suppressed` of the next line and "
        "in `connvo_log_lines_suppressed_total`. Lines of level debug are not limited.",
    )

    @property
    def proxy_networks(self) -> list[str]:
        """The networks of trusted proxies."""
        return split(self.trusted_proxies)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for network in split(value):
            ip_network(network)
        return value

    @field_validator("picture_hosts")
    @classmethod
    def _hosts(cls, value: str) -> str:
        for place in split(value):
            if not (place.startswith("https://") and PLACE.fullmatch(place)):
                raise ValueError(f"{place} is no host of pictures: write it as https://*.example.org")
        return value

    @field_validator("web")
    @classmethod
    def _built(cls, value: Path | None) -> Path | None:
        if value is not None and not (value / "index.html").is_file():
            raise ValueError(f"{value} has no index.html: build the web app first")
        return value


class HttpSettings(BaseSettings):
    """Connections and the heads of requests, before anything is known of a client."""

    model_config = section("HTTP_")
    connections: int = Field(
        default=4096,
        ge=16,
        description="Most open connections, WebSockets included; fewer where the process may open fewer files. When "
        "they are taken, the connection without a token that was quiet longest is closed for a new one.",
    )
    connections_per_network: int = Field(
        default=256,
        ge=4,
        description="Most open connections without a token of one network, an IPv4 address or an IPv6 /64; beyond "
        "them, too, the one that was quiet longest is closed.",
    )
    connections_per_account: int = Field(
        default=64, ge=4, description="Connections of one account that are kept when others are closed."
    )
    head_seconds: float = Field(
        default=10.0,
        gt=0,
        description="How long the head of a request may take, from the connection's start for the first.",
    )
    head_bytes: int = Field(default=32 * 1024, ge=4096, description="Largest head of a request.")
    head_fields: int = Field(default=100, ge=16, description="Most header fields of a request.")
    target_bytes: int = Field(default=16 * 1024, ge=1024, description="Longest address (path and query) of a request.")
    stalled_seconds: float = Field(
        default=30.0, gt=0, description="A client that takes next to nothing of an answer for so long is dropped."
    )


class LimitSettings(BaseSettings):
    """What one call may cost."""

    model_config = section("LIMIT_")
    argument_bytes: int = Field(default=1024 * 1024, ge=1024, description="Largest encoded arguments of one call.")
    argument_values: int = Field(
        default=8192, ge=64, description="Most list elements, fields, lists and objects in the arguments of one call."
    )
    rows_read: int = Field(default=32_000, ge=100, description="Documents one query or mutation may read.")
    rows_written: int = Field(default=16_000, ge=100, description="Documents one mutation may write.")
    run_seconds: float = Field(default=5.0, gt=0, description="Run time of one query or mutation.")
    action_seconds: float = Field(default=60.0, gt=0, description="Run time of one action.")
    idempotency_records: int = Field(
        default=10_000,
        ge=100,
        description="Answers of mutations that are kept for one account, so that what is sent again is done once.",
    )
    queued_mutations: int = Field(default=4096, ge=1, description="Mutations waiting before new ones are refused.")
    queued_mutations_per_account: int = Field(
        default=1024, ge=1, description="Mutations of one account waiting before more of it are refused."
    )


class RateSettings(BaseSettings):
    """How often one account, or one network before it has signed in, may call. Each node counts for itself."""

    model_config = section("RATE_")
    network_burst: int = Field(
        default=300, ge=1, description="Calls without a token that one network may make at once."
    )
    network_per_second: float = Field(default=30.0, gt=0, description="Calls a second that it may make after that.")
    account_burst: int = Field(default=1200, ge=1, description="Calls that one account may make at once.")
    account_per_second: float = Field(default=120.0, gt=0, description="Calls a second that it may make after that.")
