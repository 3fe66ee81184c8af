"""The content security policy and the permissions policy of the page.

Guarantees: sources are hosts, never schemes. No part of a request can add a rule or a foreign host.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from connvo.settings import JanusSettings

from .cors import Header
from .hosts import host_of

NAME = b"content-security-policy"
_ORIGIN = re.compile(r"(?:https?|wss?)://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?")
SOCKET_SCHEMES = {"http": "ws", "https": "wss"}
OWN = ("camera", "microphone", "display-capture", "autoplay", "fullscreen", "picture-in-picture", "screen-wake-lock")
REFUSED = (
    "accelerometer", "geolocation", "gyroscope", "hid", "magnetometer", "midi", "payment", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS: Header = (
    b"permissions-policy",
    ", ".join([*(f"{name}=(self)" for name in OWN), *(f"{name}=()" for name in REFUSED)]).encode(),
)
OWN_RESOURCE: Header = (b"cross-origin-resource-policy", b"same-origin")


class PagePolicy:
    """The policy of the page.

    `connects_to` returns the origins that the page may connect to besides its own; it is called for every page.
    `pictures` are the origins of users' pictures.
    """

    def __init__(self, connects_to: Callable[[], Sequence[str]] = tuple, pictures: Sequence[str] = ()) -> None:
        self._connects_to = connects_to
        self._pictures = " ".join(["'self'", "data:", *pictures])

    def header(self, headers: Mapping[bytes, bytes] | None = None) -> Header:
        """Return the header for a request with these headers (names in lower case)."""
        targets = " ".join(["'self'", *_own_sockets(headers or {}), *self._connects_to()])
        return NAME, (
            "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"img-src {self._pictures}; connect-src {targets}; media-src 'self' blob:; "
            "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ).encode()


def socket_origins(origins: Sequence[str]) -> list[str]:
    """Return the origins, and for each of HTTP its WebSocket origin too."""
    sockets = [
        f"{SOCKET_SCHEMES[scheme]}://{host}"
        for scheme, _, host in (origin.partition("://") for origin in origins)
        if scheme in SOCKET_SCHEMES
    ]
    return [*origins, *sockets]


def janus_origins(settings: JanusSettings) -> list[str]:
    """Return the origin of Janus' WebSocket for browsers, if a policy can name it."""
    origin = _ORIGIN.match(settings.ws_url or "")
    return [origin[0]] if origin else []


def _own_sockets(headers: Mapping[bytes, bytes]) -> list[str]:
    """Return the addresses of this server's sockets, for browsers that do not count them as 'self' (Safari 15.3)."""
    host = headers.get(b"host", b"").decode("latin-1")
    return [f"{scheme}://{host}" for scheme in ("ws", "wss")] if host_of(host) else []
