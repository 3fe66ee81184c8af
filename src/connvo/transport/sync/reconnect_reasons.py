"""Reasons for reconnecting, from a fixed list: a client's own text is never logged."""

import re

from . import close_codes
from .messages import FIRST

OTHER = "other"
NONE = "none"
KNOWN = frozenset(
    {
        FIRST,
        "InactiveServer",
        close_codes.OVERLOADED,
        close_codes.BROKEN,
        close_codes.KEYS_UNREACHABLE,
        close_codes.STOPPING,
        close_codes.PROTOCOL,
        close_codes.NO_CONNECT,
        close_codes.NOT_AUTHENTICATED,
        close_codes.SUPERSEDED,
        close_codes.IDLE,
        close_codes.BEHIND,
    }
)
WITH_CODE = re.compile(r"closed with code [1-4][0-9]{3}", re.ASCII)


def known_reason(said: str | None) -> str:
    """Return the reason that a client gave if it is a known one, else `other`, or `none` without a reason."""
    if not said:
        return NONE
    return said if said in KNOWN or WITH_CODE.fullmatch(said) else OTHER
