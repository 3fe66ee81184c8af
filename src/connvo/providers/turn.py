"""ICE servers: STUN addresses as configured, TURN addresses with credentials that are valid for minutes.

Credentials follow the TURN REST scheme (coturn: `use-auth-secret`): the user name is the time of expiry and the user's
id, the password an HMAC over it. The TURN server verifies them without asking us, and its quotas apply per user,
however many sessions they open. Credentials are created for every answer and never stored.
"""

import base64
import hashlib
import hmac

import msgspec

from connvo.kernel.secret import Secret
from connvo.settings import IceSettings, split

MS = 1000.0


class StunServer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A server that needs no credentials, as `RTCIceServer` has it: `username` and `credential` are always absent."""

    urls: str | list[str]
    username: str | None = None
    credential: str | None = None


class IceServer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A server for connectivity checks, as `RTCIceServer` has it; credentials with TURN only."""

    urls: str | list[str]
    username: str | None = None
    credential: Secret | None = None


def ice_servers(ice: IceSettings, user_id: str, now_ms: float) -> list[IceServer]:
    """Return the configured servers, with TURN credentials for this user.

    The caller has checked that the user may use them.
    """
    return [*stun_servers(ice), *turn_servers(ice, user_id, now_ms)]


def stun_servers(ice: IceSettings) -> list[IceServer]:
    """Return the public servers."""
    urls = split(ice.stun_urls)
    return [IceServer(urls=urls)] if urls else []


def turn_servers(ice: IceSettings, user_id: str, now_ms: float) -> list[IceServer]:
    """Return the relays with new credentials; none without a shared secret."""
    if not relay_configured(ice):
        return []
    username = f"{expiry(ice, now_ms)}:{user_id}"
    return [IceServer(urls=split(ice.turn_urls), username=username, credential=_sign(ice.turn_secret or "", username))]


def expiry(ice: IceSettings, now_ms: float) -> int:
    """Return when credentials issued now expire, in seconds since the epoch."""
    return int(now_ms / MS + ice.turn_ttl_seconds)


def relay_configured(ice: IceSettings) -> bool:
    """Return whether there is a TURN server with a secret for credentials."""
    return bool(split(ice.turn_urls) and ice.turn_secret)


def _sign(secret: str, username: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()).decode()
