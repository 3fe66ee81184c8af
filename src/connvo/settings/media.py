"""The settings of what carries media: STUN and TURN, rooms and their tokens, Janus, GetStream.

A part of `settings/`, under the same rules; everybody imports it from there.
"""

import os
import re
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# What may stand in the policy of the page as a place to connect to: nothing that begins another rule.
PLACE = re.compile(r"https?://(\*\.)?[A-Za-z0-9.\[\]:-]+")
# An address whose origin may stand there.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/\S*)?")


def section(prefix: str) -> SettingsConfigDict:
    """Return the configuration of a section: where in the environment its fields are."""
    return SettingsConfigDict(env_prefix=f"CONNVO_{prefix}", frozen=True, extra="forbid")


class IceSettings(BaseSettings):
    """STUN and TURN."""

    model_config = section("ICE_")
    stun_urls: str = Field(default="", description="STUN addresses, comma separated, e.g. stun:stun.example.org:3478.")
    turn_urls: str = Field(default="", description="TURN addresses, comma separated; UDP first, then TCP, then TLS.")
    turn_secret: str | None = Field(
        default=None, description="Shared secret of the TURN REST scheme (coturn static-auth-secret)."
    )
    turn_ttl_seconds: float = Field(default=600.0, ge=60, description="Life of a TURN credential.")


class TurnSettings(BaseSettings):
    """The TURN server that `connvo serve --turn` starts: a coturn of this machine."""

    model_config = section("TURN_")
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

    model_config = section("ROOM_")
    token_ttl_seconds: float = Field(default=600.0, ge=30, description="Life of a room token.")


class JanusSettings(BaseSettings):
    """Janus, a media server of one's own: configured with its two addresses and the two secrets."""

    model_config = section("JANUS_")
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
        """Return whether there is a Janus."""
        return self.admin_url is not None


class GetStreamSettings(BaseSettings):
    """GetStream Video, a hosted media service: configured with a key and its secret; needs the extra `getstream`."""

    model_config = section("GETSTREAM_")
    api_key: str | None = Field(default=None, description="Key of the app at GetStream.")
    api_secret: str | None = Field(
        default=None, description="Its secret; signs the tokens of members and proves GetStream's webhooks."
    )
    base_url: str | None = Field(default=None, description="Address of the API. Default: the one of GetStream's SDK.")
    call_type: str = Field(
        default="default", pattern=r"^[a-z0-9_-]{1,64}$", description="Call type of the rooms; it sets what roles may."
    )
    client: Path | None = Field(
        default=None,
        description="File with GetStream's client for browsers, as one JavaScript module; "
        "without it the page takes no part in rooms there.",
    )
    client_url: str | None = Field(
        default=None, description="Address of the API for that client. Default: the one in it."
    )
    client_hosts: str = Field(
        default="https://*.stream-io-api.com,https://*.stream-io-video.com",
        description="Where that client may connect to over HTTP, comma separated.",
    )
    timeout_seconds: float = Field(default=2.5, gt=0, le=30, description="How long one request may take.")
    connect_timeout_seconds: float = Field(default=1.5, gt=0, le=30, description="How long connecting may take.")
    webhook_bytes: int = Field(
        default=1024 * 1024, ge=1024, description="Largest webhook, before and after decompression."
    )
    webhook_max_age_seconds: float = Field(
        default=600.0, ge=60, description="Webhooks older or newer than this are refused; younger ones count once."
    )

    @field_validator("client")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and not (value.is_file() and os.access(value, os.R_OK)):
            raise ValueError(f"{value} is no file that can be read: make it as docs/operating.md says")
        return value

    @field_validator("client_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError(f"{value} is no address of an API: write it as https://video.example.org")
        return value

    @field_validator("client_hosts")
    @classmethod
    def _places(cls, value: str) -> str:
        for place in filter(None, map(str.strip, value.split(","))):
            if not PLACE.fullmatch(place):
                raise ValueError(f"{place} is no host to connect to: write it as https://*.example.org")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.api_key) != bool(self.api_secret):
            raise ValueError("GetStream needs CONNVO_GETSTREAM_API_KEY and CONNVO_GETSTREAM_API_SECRET, both of them")
        if self.client is not None and not self.configured:
            raise ValueError("CONNVO_GETSTREAM_CLIENT needs CONNVO_GETSTREAM_API_KEY too")
        if self.configured and find_spec("getstream") is None:
            raise ValueError(
                "GetStream needs its SDK, which is not installed: pip install 'connvo[getstream]', "
                "or in a clone: .venv/bin/pip install -e '.[getstream]'"
            )
        return self

    @property
    def configured(self) -> bool:
        """Return whether there is an app at GetStream."""
        return bool(self.api_key)
