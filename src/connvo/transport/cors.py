"""Cross-origin headers: every page may call, because callers prove themselves by a token and never by a cookie.

They stand on every reply, errors too; without them a browser hides the reason. Rules: docs/protocol.md, CORS.
"""

from collections.abc import Mapping

Header = tuple[bytes, bytes]

METHODS = b"GET, POST, OPTIONS, PATCH, DELETE, PUT"
MAX_AGE_SECONDS = b"86400"
EXPOSED = b"convex-request-id, retry-after, x-convex-deprecation-state, x-convex-deprecation-message"
_ANYWHERE: list[Header] = [(b"access-control-allow-origin", b"*"), (b"vary", b"Origin")]


def reply_headers(request: Mapping[bytes, bytes]) -> list[Header]:
    """Returns the headers of a reply to a request with these headers (names in lower case)."""
    origin = request.get(b"origin")
    if not origin:
        return _ANYWHERE
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", EXPOSED),
        (b"vary", b"Origin"),
    ]


def preflight_headers(request: Mapping[bytes, bytes]) -> list[Header]:
    """Returns what the reply to OPTIONS carries on top of `reply_headers`."""
    wanted = request.get(b"access-control-request-headers")
    headers = [(b"access-control-allow-methods", METHODS), (b"access-control-max-age", MAX_AGE_SECONDS)]
    if wanted:
        headers.append((b"access-control-allow-headers", wanted))
    return headers
