"""Cross-origin headers: every page may call, because callers prove themselves by a token and never by a cookie.

Guarantees: a browser adds no cookie or other credential of its own to what another page asks, and hides the answer if
it did. They are on errors too; without them a browser hides the reason. Rules: docs/protocol.md, CORS.
"""

import re
from collections.abc import Mapping

Header = tuple[bytes, bytes]

METHODS = b"GET, POST, OPTIONS, PATCH, DELETE, PUT"
MAX_AGE_SECONDS = b"86400"
EXPOSED = b"convex-request-id, retry-after, x-convex-deprecation-state, x-convex-deprecation-message"
SHARED: list[Header] = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", EXPOSED)]
MAX_NAMES_BYTES = 1024
_NAMES = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, -]+")


def preflight_headers(request: Mapping[bytes, bytes]) -> list[Header]:
    """Return what the reply to OPTIONS carries on top of `SHARED`.

    Fields are allowed by the names that the browser asks for, as `*` does not stand for `Authorization`.
    """
    wanted = request.get(b"access-control-request-headers", b"")
    headers = [(b"access-control-allow-methods", METHODS), (b"access-control-max-age", MAX_AGE_SECONDS)]
    if len(wanted) <= MAX_NAMES_BYTES and _NAMES.fullmatch(wanted):
        headers.append((b"access-control-allow-headers", wanted))
    return headers
