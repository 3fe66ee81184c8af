"""Convert names between Python (snake_case) and the wire (camelCase).

A function `meetings/webrtc/signaling.py: get_pending_signals` is `meetings/webrtc/signaling:getPendingSignals`.
Acronyms keep their case where the documented API writes them so (`exchangeICECandidate`).
"""

import re
from functools import lru_cache

from .errors import request_error

ACRONYMS = {"webrtc": "WebRTC", "ice": "ICE", "slo": "SLO"}
COMPONENT = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9_.]{1,64}")
IDENTIFIER = re.compile(r"(?!_+\Z)[A-Za-z_][A-Za-z0-9_]{0,63}")
DEFAULT_FUNCTION = "default"
MAX_SHOWN = 200
PATHS_REMEMBERED = 1024
# A longer path is no function of ours; any client can send one, so it must not take up memory.
MAX_REMEMBERED = 256


def camel(snake: str) -> str:
    """Return the wire spelling: `active_webrtc_sessions` -> `activeWebRTCSessions`."""
    first, *rest = snake.split("_")
    return first + "".join(ACRONYMS.get(word) or word[:1].upper() + word[1:] for word in rest)


def canonical_path(path: str) -> str:
    """Return `module:function` for any spelling a client may send (`mod.js:fn`, `mod`).

    Grammar: docs/protocol.md, function paths.

    Raises:
        RequestError: (BadConvexFunctionIdentifier) The text is no function path.
    """
    return _remembered(path) if len(path) <= MAX_REMEMBERED else _canonical(path)


def _canonical(path: str) -> str:
    module, colon, function = path.rpartition(":")
    if not colon:
        module, function = path, DEFAULT_FUNCTION
    module = module.removesuffix(".js")
    if not all(COMPONENT.fullmatch(part) for part in module.split("/")) or not IDENTIFIER.fullmatch(function):
        message = f"{path[:MAX_SHOWN]!r} is not a function path: use module:function"
        raise request_error("BadConvexFunctionIdentifier", message)
    return f"{module}:{function}"


_remembered = lru_cache(maxsize=PATHS_REMEMBERED)(_canonical)
