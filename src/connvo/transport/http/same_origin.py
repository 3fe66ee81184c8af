"""Whether a request comes from this server's own page, and whether it was made to an address of this machine.

A page cannot forge what is looked at here. A client that is no browser can, and gains nothing by it.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from connvo.kernel.hosts import is_loopback
from connvo.transport.addresses import parse_address

Headers = Mapping[bytes, bytes]
# Fields of proxies that say less plainly for whom they ask.
OTHER_PROXIES = (b"forwarded", b"via")
SINGLE_LABEL = re.compile(r"[a-z0-9_-]+")
OWN_SITES = frozenset({"same-origin", "none"})


def page_origin(headers: Headers) -> str | None:
    """Return the origin of the page that asks, None if it is not served here.

    A proxy may change the host, so the browser's own word for it counts as well.
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
    """Return whether a page of another origin asks. Clients that are no browsers say nothing about origins."""
    if b"origin" in headers:
        return page_origin(headers) is None
    return _text(headers, b"sec-fetch-site") not in OWN_SITES and b"sec-fetch-site" in headers


def is_remote(headers: Headers) -> bool:
    """Return whether a request was made to another name than this machine's own, or came here through a proxy.

    A proxy for this machine alone does not count. A page whose name was made to lead here (DNS rebinding) does.
    """
    names = [_host(_text(headers, b"host")), _host(_text(headers, b"x-forwarded-host"))]
    if b"origin" in headers:
        names.append(_host(_text(headers, b"origin").partition("://")[2]))
    addresses = f"{_text(headers, b'x-forwarded-for')},{_text(headers, b'x-real-ip')}"
    forwarded = (part.strip() for part in addresses.split(","))
    if any(name in headers for name in OTHER_PROXIES):
        return True
    return any(name and not is_loopback(name) for name in [*names, *forwarded])


def is_to_known_host(headers: Headers, *known: str) -> bool:
    """Return whether a request was made to an address, to a name without a dot, or to one of the `known` names.

    A page can make any other name lead here (DNS rebinding), and then asks as a page of this server.
    """
    host = _host(_text(headers, b"host")).removesuffix(".")
    return bool(SINGLE_LABEL.fullmatch(host)) or is_loopback(host) or parse_address(host) is not None or host in known


def _host(text: str) -> str:
    try:
        return (urlsplit(f"//{text}").hostname or "") if text else ""
    except ValueError:
        return text.lower()


def _text(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
