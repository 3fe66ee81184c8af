"""Pages beside the web app: the API reference, its OpenAPI document, and a landing page for servers without the app.

The reference is one static page that reads `/openapi.json` and nothing from other hosts. Pages are read once and served
from memory.
"""

from collections.abc import Callable
from functools import cache
from html import escape
from importlib.resources import files

import msgspec

from .request import Request
from .response import HTML, JSON, NO_STORE, PAGE_POLICY, Response, cacheable_response
from .router import Handler

CSS = b"text/css; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"
JAVASCRIPT = b"text/javascript; charset=utf-8"
SVG = b"image/svg+xml"
ASSETS = {
    "/docs": ("docs.html", HTML),  # unless the documentation is there, which links to the next
    "/docs/api": ("docs.html", HTML),
    "/docs/docs.css": ("docs.css", CSS),
    "/docs/docs.js": ("docs.js", JAVASCRIPT),
    "/docs/icon.svg": ("icon.svg", SVG),
    "/favicon.ico": ("icon.svg", SVG),
    "/robots.txt": ("robots.txt", TEXT),
}
LANDING = "landing.html"


class Reference:
    """The handlers. `document` makes the OpenAPI document, on the first request for it."""

    def __init__(self, document: Callable[[], dict[str, object]], version: str) -> None:
        self._document = document
        self._landing_page = read_asset(LANDING).replace(b"{version}", escape(version).encode())
        self._encoded: bytes | None = None

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method."""
        return {
            "/": {"GET": self._landing},
            "/openapi.json": {"GET": self._openapi},
            **{path: {"GET": _asset(name, content_type)} for path, (name, content_type) in ASSETS.items()},
        }

    def own_paths(self) -> list[str]:
        """Return the paths of pages, which pages of other origins may not read."""
        return ["/", *ASSETS]

    def no_page(self, status: int) -> Response:
        """Return the landing page of a server without the web app, for any address that the app would serve."""
        return Response(status, self._landing_page, HTML, [NO_STORE, PAGE_POLICY])

    async def _landing(self, request: Request) -> Response:
        return cacheable_response(request.headers, self._landing_page, HTML, PAGE_POLICY)

    async def _openapi(self, request: Request) -> Response:
        if self._encoded is None:
            self._encoded = msgspec.json.encode(self._document())
        return cacheable_response(request.headers, self._encoded, JSON)


@cache
def read_asset(name: str) -> bytes:
    """Return a file of `assets/`."""
    return files(__package__).joinpath("assets", name).read_bytes()


def _asset(name: str, content_type: bytes) -> Handler:
    async def handle(request: Request) -> Response:
        return cacheable_response(request.headers, read_asset(name), content_type, PAGE_POLICY)

    return handle
