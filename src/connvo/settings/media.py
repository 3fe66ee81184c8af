"""Settings of media: STUN and TURN, rooms and their tokens, Janus, GetStream. Import them from `settings`."""

import os
import re
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from .section import Section

# A source that the page's content security policy may allow; it cannot begin another directive.
PLACE = re.compile(r"https?://(\*\.)?[A-Za-z0-9.\[\]:-]+")
# An address whose origin is such a source.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/\S*)?")


class IceSettings(Section, prefix="ICE_"):
    """STUN and TURN."""

    stun_urls: str = Field(
        default="", description="STUN addresses, comma separated, such as stun:stun.example.org:3478."
    )
    turn_urls: str = Field(default="", description="TURN addresses, comma separated; UDP first, then TCP, then TLS.")
    turn_secret: str | None = Field(
        default=None, description="Shared secret of the TURN REST scheme (coturn static-auth-secret)."
    )
    turn_ttl_seconds: float = Field(default=600.0, ge=60, description="Lifetime of a TURN credential.")


class TurnSettings(Section, prefix="TURN_"):
    """The TURN server that `connvo serve --turn` starts: coturn on this machine."""

    serve: bool = Field(default=False, description="Start coturn with the server, as `connvo serve --turn` does.")
    program: Path | None = Field(
        default=None, description="Path of coturn's program. Default: `turnserver`, from the usual places."
    )
    listen: str | None = Field(default=None, description="Address to listen on. Default: CONNVO_HOST.")
    host: str | None = Field(
        default=None,
        description="Public name or address; the name in the certificate, if there is one. Default: the address.",
    )
    external_ip: IPv4Address | IPv6Address | None = Field(
        default=None, description="Public address of this machine, if it is behind NAT (as in most clouds)."
    )
    port: int = Field(default=3478, ge=1, le=65535, description="Port for UDP and TCP.")
    tls_port: int = Field(default=5349, ge=1, le=65535, description="Port for TLS, used with a certificate.")
    first_relay_port: int = Field(default=49_152, ge=1024, le=65535, description="First UDP port for relays.")
    last_relay_port: int = Field(default=50_151, ge=1024, le=65535, description="Last UDP port for relays.")
    realm: str | None = Field(default=None, description="Realm of the credentials. Default: the host.")
    certificate: Path | None = Field(default=None, description="Certificate chain (PEM); enables TURN over TLS.")
    key: Path | None = Field(default=None, description="Key of the certificate (PEM).")
    member_allocations: int = Field(
        default=48,
        ge=1,
        description="Most relays of one member at a time; a browser takes one per address, interface and peer.",
    )
    bytes_per_second: int = Field(
        default=1_250_000, ge=0, description="Most bytes per second through one relay, each way; 0 for no limit."
    )
    local_peers: bool | None = Field(
        default=None,
        description="Relay to private addresses too. Default: only if the relay's own address is private.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("CONNVO_TURN_CERTIFICATE and CONNVO_TURN_KEY need each other: set both")
        if self.last_relay_port < self.first_relay_port:
            raise ValueError("CONNVO_TURN_LAST_RELAY_PORT must not be below CONNVO_TURN_FIRST_RELAY_PORT")
        return self


class RoomSettings(Section, prefix="ROOM_"):
    """Room tokens."""

    token_ttl_seconds: float = Field(default=600.0, ge=30, description="Lifetime of a room token.")


class JanusSettings(Section, prefix="JANUS_"):
    """Janus, a self-hosted media server: configured with its two addresses and two secrets."""

    admin_url: str | None = Field(
        default=None,
        description="Address of the Admin API, for this server only, such as http://127.0.0.1:7088/admin.",
    )
    ws_url: str | None = Field(
        default=None, description="WebSocket address, for browsers, such as wss://media.example.org/janus."
    )
    admin_secret: str | None = Field(default=None, description="The `admin_secret` of Janus.")
    admin_key: str | None = Field(default=None, description="The `admin_key` of the VideoRoom plugin.")
    recordings: Path | None = Field(
        default=None,
        description="Folder that Janus records into, under the same path for Janus and this server. Default: rooms at "
        "Janus are not recorded.",
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
        """Return whether a Janus server is configured."""
        return self.admin_url is not None


class GetStreamSettings(Section, prefix="GETSTREAM_"):
    """GetStream Video, a hosted media service: configured with a key and its secret; needs the extra `getstream`."""

    api_key: str | None = Field(default=None, description="Key of the app at GetStream.")
    api_secret: str | None = Field(
        default=None, description="Secret of that key; signs members' tokens and verifies GetStream's webhooks."
    )
    base_url: str | None = Field(default=None, description="Address of the API. Default: that of GetStream's SDK.")
    call_type: str = Field(
        default="default",
        pattern=r"^[a-z0-9_-]{1,64}$",
        description="Call type of the rooms; it determines the permissions of roles.",
    )
    client: Path | None = Field(
        default=None,
        description="File with GetStream's browser client, as one JavaScript module. Without it the page cannot join "
        "rooms at GetStream.",
    )
    client_url: str | None = Field(
        default=None, description="Address of the API for that client. Default: the client's own."
    )
    client_hosts: str = Field(
        default="https://*.stream-io-api.com,https://*.stream-io-video.com",
        description="Hosts that the client may connect to over HTTP, comma separated.",
    )
    timeout_seconds: float = Field(default=2.5, gt=0, le=30, description="Time limit for one request.")
    connect_timeout_seconds: float = Field(default=1.5, gt=0, le=30, description="Time limit for connecting.")
    webhook_bytes: int = Field(
        default=1024 * 1024, ge=1024, description="Largest webhook, before and after decompression."
    )
    webhook_max_age_seconds: float = Field(
        default=600.0,
        ge=60,
        description="Refuse webhooks whose time differs from the server's by more; repeats within it are ignored.",
    )

    @field_validator("client")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and not (value.is_file() and os.access(value, os.R_OK)):
            raise ValueError(f"{value} is not a readable file: build it as docs/operating.md describes")
        return value

    @field_validator("client_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError(f"{value} is not an API address: write it as https://video.example.org")
        return value

    @field_validator("client_hosts")
    @classmethod
    def _places(cls, value: str) -> str:
        for place in filter(None, map(str.strip, value.split(","))):
            if not PLACE.fullmatch(place):
                raise ValueError(f"{place} is not a host to connect to: write it as https://*.example.org")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.api_key) != bool(self.api_secret):
            raise ValueError("GetStream needs both CONNVO_GETSTREAM_API_KEY and CONNVO_GETSTREAM_API_SECRET")
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
        """Return whether a GetStream app is configured."""
        return bool(self.api_key)
