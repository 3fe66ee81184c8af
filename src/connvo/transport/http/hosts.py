"""The host that a request was made to, read from `Host` in the one form that RFC 9110, 7.2, allows.

Guarantees: every check sees the same host. Users, zones, spaces, and ports outside 1 to 65535 make a field unreadable.
"""

import re
from ipaddress import AddressValueError, IPv6Address

MAX_CHARS = 255
MAX_PORT = 65_535
_HOST = re.compile(
    r"(?:(?P<name>[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?)\.?|\[(?P<address>[0-9a-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?",
    re.IGNORECASE,
)


def host_of(field: str) -> str | None:
    """Return the host of a `Host` field in lower case, without its port, brackets and final dot; None if unreadable."""
    found = _HOST.fullmatch(field) if len(field) <= MAX_CHARS else None
    if found is None or not 0 < int(found["port"] or 1) <= MAX_PORT:
        return None
    if found["address"] is None:
        name = found["name"].lower()
        return None if ".." in name else name
    try:
        return str(IPv6Address(found["address"]))
    except AddressValueError:
        return None
