"""The reference page works offline and shuts everything foreign out; the document behind it is cached by browsers."""

import re
from html.parser import HTMLParser

import pytest

from connvo.transport.http.api_docs import ASSETS, read_asset
from tests.transport.conftest import Desk

MAX_BYTES = 30_000
PAGES = ["/", "/docs", "/docs/api"]


class Links(HTMLParser):
    """Collects what a page loads and links, its labels, and what is written into it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        self.addresses += [str(given[name]) for name in ("src", "href") if name in given]
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if (tag == "script" and "src" not in given) or tag == "style":
            self.inline.append(tag)


def parse(page: str) -> Links:
    parser = Links()
    parser.feed(page)
    return parser


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_only_parts_that_this_server_has(desk: Desk, path: str) -> None:
    reply = desk.http.get(path)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    page = parse(reply.text)
    assert page.inline == []
    for address in page.addresses:
        assert address.startswith(("/", "#"))
        if not address.startswith("#"):
            assert desk.http.get(address).status_code == 200, address


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_allowed_nothing_from_elsewhere(desk: Desk, path: str) -> None:
    policy = desk.http.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_reference_is_small_and_names_no_other_server() -> None:
    texts = [read_asset(name).decode() for name, _ in ASSETS.values()]
    assert sum(len(text) for text in texts) < MAX_BYTES
    for text in texts:
        assert set(re.findall(r"https?://[^\s\"'`]+", text)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_used_without_eyes(desk: Desk, path: str) -> None:
    page = parse(desk.http.get(path).text)
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "en"}) in page.tags
    assert {"main", "title", "h1"} <= set(tags)
    inputs = [given for tag, given in page.tags if tag == "input"]
    assert len(inputs) == tags.count("label")


def test_the_document_is_served_and_kept_by_browsers(desk: Desk) -> None:
    first = desk.http.get("/openapi.json")
    assert first.json() == desk.document
    again = desk.http.get("/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"


def test_the_document_is_made_once() -> None:
    desk = Desk()
    made = iter(range(1, 10))
    desk.reference._document = lambda: {"n": next(made)}
    assert [desk.http.get("/openapi.json").json()["n"] for _ in range(3)] == [1, 1, 1]


def test_a_server_without_the_web_app_says_so_and_how_to_get_it(desk: Desk) -> None:
    page = desk.http.get("/").text
    assert "1.2.3" in page
    assert "without its web page" in page
    assert "make wheel" in page
    lost = desk.reference.no_page(404)
    assert (lost.status, lost.body.decode()) == (404, page)


def test_crawlers_keep_out_of_meetings(desk: Desk) -> None:
    assert "Disallow: /j/" in desk.http.get("/robots.txt").text
    assert desk.http.get("/favicon.ico").headers["content-type"] == "image/svg+xml"
