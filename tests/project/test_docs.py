"""The documents are true: generated pages equal what the code says, and links lead somewhere."""

import re
from pathlib import Path

import pytest

from scripts.generate_docs import DOCS, pages

from .tree import ROOT

PAGES = pages()
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)\s]*)?\)")
WRITTEN = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name], "run: python scripts/generate_docs.py"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    dead = [target for target in LINK.findall(path.read_text("utf-8")) if not (path.parent / target).exists()]
    assert dead == []
