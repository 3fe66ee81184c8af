"""GetStream's client for browsers: the operator's file, served to the page from the server's own origin.

It is licensed to GetStream's customers and not part of connvo. The file is read once, when the server starts.

Guarantees: it is served only where it is configured. A browser asks before it reuses an older one. The page gets the
public key of the app and never its secret.
"""

import gzip

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
    """The handlers, and in `connects_to` the hosts that the client connects to.

    Raises:
        OSError: The configured file cannot be read.
    """

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


def _facts(settings: GetStreamSettings) -> dict[str, object] | None:
    """Return the configuration that the page needs for the client, or None without one."""
    if settings.client is None:
        return None
    facts: dict[str, object] = {"client": PATH, "apiKey": settings.api_key, "callType": settings.call_type}
    return facts | ({"baseUrl": settings.client_url} if settings.client_url else {})


def _places(settings: GetStreamSettings) -> list[str]:
    if settings.client is None:
        return []
    api = [origin_of(settings.client_url)] if settings.client_url else []
    return [*split(settings.client_hosts), *api]
