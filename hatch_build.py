"""Puts the built page and documentation into the wheel. What is installed in place serves them from their folders."""

from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

IN_PLACE = "editable"
PAGE = Path("web", "dist")
PLACE = "connvo/web"
DOCS, DOCS_PLACE = Path("build", "docs"), "connvo/docs"
NO_PAGE = (
    f"{PAGE} has no page, so this package serves the API alone. With the page: install Node.js 20 or newer, run "
    "`make page`, and install again; or run `make wheel`, and install what it puts into dist/."
)


class PageHook(BuildHookInterface[BuilderConfig]):
    """Adds the page where it has been built; a wheel without it works, and says so when its server starts."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the page to what is built, or warn that there is none."""
        if version == IN_PLACE:
            return
        folder = Path(self.root) / PAGE
        if (folder / "index.html").is_file():
            build_data["force_include"][str(folder)] = PLACE
        else:
            self.app.display_warning(NO_PAGE)
        docs = Path(self.root) / DOCS
        if (docs / "index.html").is_file():
            build_data["force_include"][str(docs)] = DOCS_PLACE
