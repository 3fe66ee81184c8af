"""An HTTP response: status, body and headers. Errors of the request are always `{code, message}`, as JSON."""

import hashlib
import math
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from connvo.kernel.errors import ConnvoError

from .cors import Header

JSON = b"application/json"
HTML = b"text/html; charset=utf-8"
RETRY_AFTER_SECONDS = 1  # the minimum and the default
NO_STORE: Header = (b"cache-control", b"no-store")
POLICY_NAME = b"content-security-policy"
# On every response. Pages have their own policy instead of the one that allows nothing.
NO_SNIFFING: Header = (b"x-content-type-options", b"nosniff")
NO_REFERRER: Header = (b"referrer-policy", b"no-referrer")
NOTHING_RUNS: Header = (POLICY_NAME, b"default-src 'none'; frame-ancestors 'none'")
SECURITY: list[Header] = [NO_SNIFFING, NO_REFERRER, NOTHING_RUNS]
_SECURITY_OF_PAGES: list[Header] = [NO_SNIFFING, NO_REFERRER]
# Pages load nothing from other hosts and nothing inline, and cannot be framed.
PAGE_POLICY: Header = (
    POLICY_NAME,
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)

TAGS = 64

_encode = msgspec.json.encode


class Response:
    """A response to send. `headers` are those besides type and length."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(
        self, status: int, body: bytes = b"", content_type: bytes = JSON, headers: list[Header] | None = None
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers or []


def json_response(value: object, status: int = 200, headers: list[Header] | None = None) -> Response:
    """Return a response with a JSON body."""
    return Response(status, _encode(value), JSON, headers)


def error_response(error: ConnvoError, headers: list[Header] | None = None) -> Response:
    """Return the response to a request that reached no function."""
    extra = list(headers or ())
    seconds = getattr(error, "retry_after", None)
    if seconds is not None or error.status == 503:
        extra.append((b"retry-after", str(max(RETRY_AFTER_SECONDS, math.ceil(seconds or 0.0))).encode()))
    return json_response({"code": error.code, "message": error.message}, error.status, extra)


def cacheable_response(request: Mapping[bytes, bytes], body: bytes, content_type: bytes, *headers: Header) -> Response:
    """Return a response that a browser may keep and revalidate; 304 if it has this body with these headers."""
    tag = _tag(body, headers)
    extra = [(b"etag", tag), (b"cache-control", b"no-cache"), *headers]
    if tag in request.get(b"if-none-match", b""):
        return Response(304, b"", content_type, extra)
    return Response(200, body, content_type, extra)


def security_headers(response: Response) -> list[Header]:
    """Return the headers that keep a browser from sniffing types, running content or sending referrers."""
    has_policy = any(name == POLICY_NAME for name, _ in response.headers)
    return _SECURITY_OF_PAGES if has_policy else SECURITY


@lru_cache(maxsize=TAGS)
def _tag(body: bytes, headers: tuple[Header, ...]) -> bytes:
    """Return the entity tag of a body with these headers; cached, as bodies are few and do not change."""
    digest = hashlib.sha256(body)
    for name, value in headers:
        digest.update(b"\n%s: %s" % (name, value))
    return b'"' + digest.hexdigest()[:16].encode() + b'"'
