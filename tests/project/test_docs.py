"""The documents are true: generated pages equal what the code says, and links lead somewhere."""

import re
from pathlib import Path

import pytest

from scripts.generate_docs import DOCS, pages

from .tree import ROOT

PAGES = pages()
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)\s]*)?\)")
NAMES = ("README.md", "SECURITY.md", "CONTRIBUTING.md", "examples/README.md")
WRITTEN = [*(ROOT / name for name in NAMES), *sorted(DOCS.rglob("*.md"))]
# Pages that lead through the code: each path in them is exact.
GUIDES = [ROOT / "CONTRIBUTING.md", DOCS / "debugging.md", DOCS / "releasing.md"]
PATH = re.compile(r"\b(?:src|web|tests|scripts|docs|examples)/[\w./-]*\w")


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name], "run: python scripts/generate_docs.py"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    dead = [target for target in LINK.findall(path.read_text("utf-8")) if not (path.parent / target).exists()]
    assert dead == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_a_guide_names_files_that_exist(path: Path) -> None:
    named = PATH.findall(path.read_text("utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_index_lists_every_page() -> None:
    listed = set(LINK.findall((DOCS / "README.md").read_text("utf-8")))
    assert {page.name for page in DOCS.glob("*.md")} - {"README.md"} <= listed
