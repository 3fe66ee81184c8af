"""The documentation site has the pages of the repository, with working links, and no code within its pages."""

import re
from pathlib import Path, PurePosixPath

import pytest

from scripts.build_docs import navigation, places, relinked, without_inline_code

ROOT = Path(__file__).resolve().parents[2]
OPERATING = PurePosixPath("docs/operating.md")
DECISION = PurePosixPath("docs/decisions/0001-documents-with-declared-indexes.md")


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        (OPERATING, "[a](settings.md#limits)", "[a](settings.md#limits)"),
        (OPERATING, "[a](README.md)", "[a](index.md)"),
        (OPERATING, "[a](../README.md#a-first-call)", "[a](project/README.md#a-first-call)"),
        (OPERATING, "[a](../contrib/compose/turnserver.conf)", "a"),
        (OPERATING, "[a](decisions)", "[a](decisions/index.md)"),
        (OPERATING, "[a](https://example.org/x)", "[a](https://example.org/x)"),
        (OPERATING, "[a](#tls)", "[a](#tls)"),
        (OPERATING, "[a](search.md)", "[a](about-search.md)"),
        (DECISION, "[a](../operating.md)", "[a](../operating.md)"),
        (PurePosixPath("README.md"), "[a](docs/operating.md) [b](LICENSE)", "[a](../operating.md) b"),
        (PurePosixPath("README.md"), "[a](examples)", "[a](examples/README.md)"),
    ],
)
def test_a_link_leads_to_the_same_page(page: PurePosixPath, link: str, expected: str) -> None:
    assert relinked(link, page, places(ROOT)) == expected


def test_every_page_is_in_the_navigation_once() -> None:
    staged = places(ROOT)
    pages = [aim for path, aim in staged.items() if path.suffix == ".md"]
    index = relinked((ROOT / "docs" / "README.md").read_text(), PurePosixPath("docs/README.md"), staged)
    listed = [line for line in navigation(index, pages).splitlines() if line and line[0] not in "`:"]
    expected = {str(page).removesuffix(".md") for page in pages if page.parts[0] != "decisions"} - {"index"}
    assert sorted(listed) == sorted(expected | {"decisions/index"})


def test_pages_hold_no_scripts_and_styles(tmp_path: Path) -> None:
    (tmp_path / "_static").mkdir()
    (tmp_path / "deep").mkdir()
    page = tmp_path / "deep" / "page.html"
    page.write_text(
        '<script>go("now")</script><style>b { top: 0 }</style><head></head><p class="a" style="left: 0">x</p>'
    )
    without_inline_code(tmp_path)
    text = page.read_text()
    assert "go(" not in text and "<style" not in text and " style=" not in text
    mark = re.search(r'<p class="a" data-style="(\w+)">x</p>', text)
    assert mark is not None
    kept = {path.name: path.read_text() for path in (tmp_path / "_static").iterdir()}
    assert sorted(kept.values()) == [f'[data-style="{mark[1]}"] {{ left: 0 }}', "b { top: 0 }", 'go("now")']
    assert all(f"../_static/{name}" in text for name in kept)
