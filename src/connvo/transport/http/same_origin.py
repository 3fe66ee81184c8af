"""Checks whether a request comes from this server's own page, and whether it was made to this machine's address.

A page cannot forge the fields checked here. A client other than a browser can, and gains nothing by it.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from connvo.kernel.hosts import is_loopback
from connvo.transport.addresses import parse_address

from .hosts import host_of

Headers = Mapping[bytes, bytes]
# Fields of proxies that need not contain an address.
OTHER_PROXIES = (b"forwarded", b"via")
SINGLE_LABEL = re.compile(r"[a-z0-9_-]+")
UNREADABLE = "unreadable.invalid"  # RFC 6761, 6.4: never this machine
OWN_SITES = frozenset({"same-origin", "none"})


def page_origin(headers: Headers) -> str | None:
    """Return the origin of the page that asks, None if this server did not serve it.

    A proxy may change the host, so `Sec-Fetch-Site` of the browser counts as well.
    """
    origin, host, site = _text(headers, b"origin"), _text(headers, b"host"), _text(headers, b"sec-fetch-site")
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    if parts.scheme not in ("https", "http") or origin != f"{parts.scheme}://{parts.netloc}":
        return None
    return origin if site == "same-origin" or (not site and parts.netloc == host.lower()) else None


def is_foreign(headers: Headers) -> bool:
    """Return whether a page of another origin asks. Clients other than browsers send no origin."""
    if b"origin" in headers:
        return page_origin(headers) is None
    return _text(headers, b"sec-fetch-site") not in OWN_SITES and b"sec-fetch-site" in headers


def is_remote(headers: Headers) -> bool:
    """Return whether a request was made to a name that is not loopback, or came through a proxy from another machine.

    A page whose name was rebound to this machine (DNS rebinding) counts as remote.
    """
    names = [_text(headers, b"host"), _text(headers, b"x-forwarded-host")]
    if b"origin" in headers:
        names.append(_text(headers, b"origin").partition("://")[2])
    addresses = f"{_text(headers, b'x-forwarded-for')},{_text(headers, b'x-real-ip')}"
    forwarded = (part.strip() for part in addresses.split(","))
    if any(name in headers for name in OTHER_PROXIES):
        return True
    hosts = [host_of(name) or UNREADABLE for name in names if name]
    return any(host and not is_loopback(host) for host in [*hosts, *forwarded])


def is_to_known_host(headers: Headers, *known: str) -> bool:
    """Return whether a request was made to an address, to a name without a dot, or to one of the `known` names.

    A page can rebind any other name to this server (DNS rebinding), and would then ask as one of its pages.
    """
    host = host_of(_text(headers, b"host"))
    if host is None:
        return False
    return bool(SINGLE_LABEL.fullmatch(host)) or is_loopback(host) or parse_address(host) is not None or host in known


def _text(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
