"""Puts the built page into the wheel. What is installed in place serves the page from `web/dist` instead."""

from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

IN_PLACE = "editable"
PAGE = Path("web", "dist")
PLACE = "connvo/web"


class PageHook(BuildHookInterface[BuilderConfig]):
    """A wheel carries the page or is not made: one without it would seem whole."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the page to what is built. Raises SystemExit when it has not been built."""
        if version == IN_PLACE:
            return
        folder = Path(self.root) / PAGE
        if not (folder / "index.html").is_file():
            raise SystemExit(f"{PAGE} has no page: build it first, with `make page`")
        build_data["force_include"][str(folder)] = PLACE
