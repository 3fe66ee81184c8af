"""The documentation: the site built from `docs/`, served below `/docs/`.

Guarantees: its pages read nothing from other hosts, and run only their own scripts. Only files that the build made can
be reached. The folder is read at the first request, as most servers are asked for their documentation rarely.
"""

from functools import cache
from pathlib import Path

from connvo.kernel.errors import request_error

from .page_policy import OWN_RESOURCE
from .request import Request
from .response import HTML, NO_STORE, POLICY_NAME, Response, cacheable_response, error_response
from .router import Handler
from .web_app import BINARY, TYPES

PREFIX = "/docs/"
INDEX = "index.html"
# As of other pages, but the search box sends its form to a page of the site.
POLICY = (
    POLICY_NAME,
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
)


class DocsSite:
    """The handlers of the site in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def routes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by exact path and method."""
        return {PREFIX.rstrip("/"): {"GET": _to_index}}

    def prefixes(self) -> dict[str, dict[str, Handler]]:
        """Return the handlers by the start of a path."""
        return {PREFIX: {"GET": self._page}}

    def own_paths(self) -> list[str]:
        """Return the prefixes that pages of other origins may not read."""
        return [PREFIX]

    async def _page(self, request: Request) -> Response:
        name = request.path.removeprefix(PREFIX) or INDEX
        path = _files(self._folder).get(name)
        if path is None:
            error = request_error("NotFound", f"The documentation has no such page; {PREFIX} lists them")
            return error_response(error)
        content_type = TYPES.get(path.suffix, BINARY)
        return cacheable_response(request.headers, path.read_bytes(), content_type, POLICY, OWN_RESOURCE)


def find_docs_site() -> Path | None:
    """Return the folder of the built documentation: beside the source, else in the package, else None."""
    package = Path(__file__).resolve().parents[2]
    candidates = (package.parent.parent / "build" / "docs", package / "docs")
    return next((folder for folder in candidates if (folder / INDEX).is_file()), None)


@cache
def _files(folder: Path) -> dict[str, Path]:
    """Return the files of the site by their paths in it: no other path leads to a file."""
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


async def _to_index(request: Request) -> Response:
    return Response(308, b"", HTML, [(b"location", PREFIX.encode()), NO_STORE])
