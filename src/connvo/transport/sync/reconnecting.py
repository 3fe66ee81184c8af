"""Why clients come back, in the words of a fixed list: what a client says itself is never logged."""

import re

from . import closing
from .messages import FIRST

OTHER = "other"
NONE = "none"
KNOWN = frozenset(
    {
        FIRST,
        "InactiveServer",
        closing.OVERLOADED,
        closing.BROKEN,
        closing.KEYS_AWAY,
        closing.STOPPING,
        closing.PROTOCOL,
        closing.NO_CONNECT,
        closing.NOT_AUTHENTICATED,
        closing.CONNECTED_ANEW,
        closing.IDLE,
        closing.BEHIND,
    }
)
WITH_CODE = re.compile(r"closed with code [1-4][0-9]{3}", re.ASCII)


def known_reason(said: str | None) -> str:
    """Return the reason that a client gave, if it is one that clients give."""
    if not said:
        return NONE
    return said if said in KNOWN or WITH_CODE.fullmatch(said) else OTHER
