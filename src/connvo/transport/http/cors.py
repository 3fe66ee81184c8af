"""Cross-origin headers: any page may call, because callers authenticate with a token and never with a cookie.

Guarantees: browsers add no cookie or other credential to requests of other pages, and hide the answer if they did.
Errors carry the headers too; without them a browser would hide the reason. Rules: docs/protocol.md, CORS.
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
    """Return the headers of the response to OPTIONS, besides `SHARED`.

    Allowed fields repeat the names that the browser asks for, as `*` does not cover `Authorization`.
    """
    wanted = request.get(b"access-control-request-headers", b"")
    headers = [(b"access-control-allow-methods", METHODS), (b"access-control-max-age", MAX_AGE_SECONDS)]
    if len(wanted) <= MAX_NAMES_BYTES and _NAMES.fullmatch(wanted):
        headers.append((b"access-control-allow-headers", wanted))
    return headers
