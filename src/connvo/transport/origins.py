"""Foreign addresses that the page may connect to, checked before they go into a header."""

import re
from urllib.parse import urlsplit

from connvo.kernel.hosts import LOOPBACK_HOSTS

MAX_URL_CHARS = 2048
# A host, a port, and a path without quotes, commas, semicolons and blanks.
_ADDRESS = re.compile(
    r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?"
    r"(?:[/?][\x21\x23-\x26\x28-\x2b\x2d-\x3a\x3c-\x7e]*)?"
)


def usable_address(value: object) -> str | None:
    """Return an address that is safe in a header: https, or http on this machine; None for any other value."""
    if not isinstance(value, str) or len(value) > MAX_URL_CHARS or not _ADDRESS.fullmatch(value):
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    if port == 0 or (parts.scheme != "https" and parts.hostname not in LOOPBACK_HOSTS):
        return None
    return value


def origin_of(address: str) -> str:
    """Return the origin of a web address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
