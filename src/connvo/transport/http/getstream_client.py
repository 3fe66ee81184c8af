"""GetStream's client for browsers: the operator's file, served to the page from the server's own origin.

It belongs to GetStream's customers and comes with nothing of ours. Read once, when the server starts. Promises that it
is served only where it is configured, that a browser never runs an older one unasked, and that the page hears the key
of the app, which is public, and never its secret.
"""

import gzip
from typing import Any

from connvo.settings import GetStreamSettings, split
from connvo.transport.origins import origin_of

from .request import Request
from .response import Response, cacheable_response, json_response
from .router import Handler
from .web_app import VARIES

PATH = "/getstream/client.js"
FACTS_PATH = "/api/getstream"
SCRIPT = b"text/javascript; charset=utf-8"


class GetStreamClient:
    """The handlers, and where the client has to be let connect to. Raises OSError for a file that cannot be read."""

    def __init__(self, settings: GetStreamSettings) -> None:
        self._facts = _facts(settings)
        self._plain = settings.client.read_bytes() if settings.client else b""
        self._compressed = gzip.compress(self._plain, mtime=0)
        self.connects_to = _places(settings)

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method."""
        script: dict[str, dict[str, Handler]] = {PATH: {"GET": self._script}} if self._facts else {}
        return {FACTS_PATH: {"GET": self._tell}, **script}

    async def _tell(self, request: Request) -> Response:
        return json_response(self._facts)

    async def _script(self, request: Request) -> Response:
        if b"gzip" in request.headers.get(b"accept-encoding", b""):
            packed = (b"content-encoding", b"gzip")
            return cacheable_response(request.headers, self._compressed, SCRIPT, VARIES, packed)
        return cacheable_response(request.headers, self._plain, SCRIPT, VARIES)


def _facts(settings: GetStreamSettings) -> dict[str, Any] | None:
    """Return what the page has to know to use the client, or None where there is none."""
    if settings.client is None:
        return None
    facts = {"client": PATH, "apiKey": settings.api_key, "callType": settings.call_type}
    return facts | ({"baseUrl": settings.client_url} if settings.client_url else {})


def _places(settings: GetStreamSettings) -> list[str]:
    if settings.client is None:
        return []
    api = [origin_of(settings.client_url)] if settings.client_url else []
    return [*split(settings.client_hosts), *api]
