"""Settings of the server: where it listens, and the limits of connections, requests and calls."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from .identity import split
from .media import PLACE
from .section import Section


class ServerSettings(Section, prefix=""):
    """Where the server listens and keeps its files."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=3210, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    data: Path = Field(default=Path("connvo-data"), description="Folder of the database and of the local issuer's key.")
    web: Path | None = Field(
        default=None, description="Folder of the built web app. Default: `web/dist` beside the source, if it exists."
    )
    picture_hosts: str = Field(
        default="https://*.googleusercontent.com,https://workoscdn.com,https://*.gravatar.com",
        description="Hosts that profile pictures may be loaded from, comma separated: those of your identity "
        "provider. Pictures from other hosts are not shown, so no host of a user's choice sees who views them.",
    )
    max_body_bytes: int = Field(
        default=1024 * 1024 + 64 * 1024,
        ge=1024,
        description="Largest request body of a client with a token: one call with its envelope, or all calls of one "
        "`/api/query_batch`.",
    )
    max_anonymous_body_bytes: int = Field(
        default=64 * 1024, ge=1024, description="Largest request body of a client whose token is not accepted yet."
    )
    bodies_bytes: int = Field(
        default=8 * 1024 * 1024,
        ge=1024,
        description="Most bytes of request bodies over 32 kB that are held at once, a quarter of them for one account; "
        "further ones wait unread for up to `body_seconds`. At least one body always fits.",
    )
    body_seconds: float = Field(default=30.0, gt=0, description="Time limit for receiving a request's body.")
    trusted_proxies: str = Field(
        default="",
        description="Networks of the proxies in front, such as 10.0.0.0/8, comma separated. The client's address is "
        "then the last one in `X-Forwarded-For` outside these networks. Default: none; the header is ignored.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Log level: debug, info, warning or error."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Log format: text for reading, json for log collectors."
    )
    log_lines_a_minute: int = Field(
        default=10,
        ge=1,
        description="Most log lines per minute for one event and code. The rest are counted in `suppressed` of the "
        "next line and in `connvo_log_lines_suppressed_total`. Level debug is not limited.",
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
                raise ValueError(f"{place} is not a host of pictures: write it as https://*.example.org")
        return value

    @field_validator("web")
    @classmethod
    def _built(cls, value: Path | None) -> Path | None:
        if value is not None and not (value / "index.html").is_file():
            raise ValueError(f"{value} has no index.html: build the web app first")
        return value


class HttpSettings(Section, prefix="HTTP_"):
    """Connections and request heads, before a client is identified."""

    connections: int = Field(
        default=4096,
        ge=16,
        description="Most open connections, WebSockets included; fewer if the process may open fewer files. At the "
        "limit, a new connection replaces the one without a token that has been idle longest.",
    )
    connections_per_network: int = Field(
        default=256,
        ge=4,
        description="Most open connections without a token from one network, an IPv4 address or an IPv6 /64. At the "
        "limit, a new connection replaces the one that has been idle longest.",
    )
    connections_per_account: int = Field(
        default=64, ge=4, description="Connections of one account that are protected when idle ones are closed."
    )
    head_seconds: float = Field(
        default=10.0,
        gt=0,
        description="Time limit for receiving a request's head; for the first, from the start of the connection.",
    )
    head_bytes: int = Field(default=32 * 1024, ge=4096, description="Largest request head.")
    head_fields: int = Field(default=100, ge=16, description="Most header fields of a request.")
    target_bytes: int = Field(default=16 * 1024, ge=1024, description="Longest path and query of a request.")
    stalled_seconds: float = Field(
        default=30.0, gt=0, description="Drop a client that has read almost nothing of a response for this long."
    )
