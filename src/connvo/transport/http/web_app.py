"""The web app: the files built from `web/app`, read once at the start and served by the same process.

Guarantees: browsers keep files with a digest in their name permanently, and revalidate the page itself. The page runs
only its own scripts. No other files can be reached. A file is compressed in a thread, when a client first accepts that.
"""

import asyncio
import gzip
from collections.abc import Mapping
from pathlib import Path

from .cors import Header
from .page_policy import OWN_RESOURCE, PERMISSIONS, PagePolicy
from .request import Request
from .response import HTML, NO_STORE, Response, cacheable_response
from .router import Handler

INDEX = "index.html"
ASSETS_FOLDER = "assets"
ASSETS_PREFIX = "/assets/"
# The code of an invitation is in the fragment of `/j/`; older links have it in the path.
PAGES = ("/", "/j/", "/meet", "/diagnostics", "/admin")
PAGE_PREFIXES = ("/m/", "/j/")
NOT_FOUND = 404
BINARY = b"application/octet-stream"
# Names of built files end in these. The table of the machine may lack some, and reading it delays the start.
TEXTS = {
    ".css": b"text/css; charset=utf-8",
    ".html": HTML,
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml; charset=utf-8",
}
BINARIES = {
    ".ico": b"image/vnd.microsoft.icon",
    ".jpg": b"image/jpeg",
    ".png": b"image/png",
    ".webp": b"image/webp",
    ".woff2": b"font/woff2",
}
TYPES = {**TEXTS, **BINARIES}
IMMUTABLE: Header = (b"cache-control", b"public, max-age=31536000, immutable")
VARIES: Header = (b"vary", b"accept-encoding")


class File:
    """A built file, plain and, once a client accepted that, compressed."""

    __slots__ = ("body", "content_type", "_compressed", "_is_text")

    def __init__(self, path: Path) -> None:
        self.body = path.read_bytes()
        self._is_text = path.suffix in TEXTS
        self.content_type = TYPES.get(path.suffix, BINARY)
        self._compressed: bytes | None = None

    async def reply(self, request: Request) -> Response:
        """Return the file for permanent caching, compressed if the client accepts that."""
        headers = [IMMUTABLE, VARIES, OWN_RESOURCE]
        if self._is_text and b"gzip" in request.headers.get(b"accept-encoding", b""):
            body = await self._packed()
            return Response(200, body, self.content_type, [*headers, (b"content-encoding", b"gzip")])
        return Response(200, self.body, self.content_type, headers)

    async def _packed(self) -> bytes:
        """Return the compressed body. Simultaneous first requests each compress it, to the same bytes."""
        if self._compressed is None:
            self._compressed = await asyncio.to_thread(gzip.compress, self.body, mtime=0)
        return self._compressed


class Pages:
    """The handlers of the page and its files, with this policy."""

    def __init__(self, folder: Path, policy: PagePolicy) -> None:
        self._index = (folder / INDEX).read_bytes()
        built = [path for path in (folder / ASSETS_FOLDER).iterdir() if path.is_file()]
        self._assets = {ASSETS_PREFIX + path.name: File(path) for path in built}
        self._policy = policy

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method."""
        return {
            **{path: {"GET": self._page} for path in PAGES},
            **{path: {"GET": _asset(file)} for path, file in self._assets.items()},
        }

    def prefixes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by the start of a path: addresses that the page itself understands."""
        return {path: {"GET": self._page} for path in PAGE_PREFIXES}

    def own_paths(self) -> list[str]:
        """Return the paths and prefixes that pages of other origins may not read."""
        return [*PAGES, *PAGE_PREFIXES, *self._assets]

    def no_page(self, status: int) -> Response:
        """Return the page for an unknown address; it shows that, with a link to the start page."""
        return Response(status, self._index, HTML, [NO_STORE, *self._isolation()])

    async def _page(self, request: Request) -> Response:
        if request.path in PAGE_PREFIXES and request.path not in PAGES:
            return self.no_page(NOT_FOUND)
        return cacheable_response(request.headers, self._index, HTML, *self._isolation(request.headers))

    def _isolation(self, headers: Mapping[bytes, bytes] | None = None) -> list[Header]:
        """Return the headers that isolate the page from other origins."""
        return [self._policy.header(headers), PERMISSIONS, OWN_RESOURCE]


def find_web_app(asked: Path | None) -> Path | None:
    """Return the folder of the built page: as configured, else beside the source, else in the package, else None."""
    if asked is not None:
        return asked
    package = Path(__file__).resolve().parents[2]
    candidates = (package.parent.parent / "web" / "dist", package / "web")
    return next((folder for folder in candidates if (folder / INDEX).is_file()), None)


def _asset(file: File) -> Handler:
    async def handle(request: Request) -> Response:
        return await file.reply(request)

    return handle
