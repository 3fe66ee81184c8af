"""The web app is served as it was built: kept by browsers where that is safe, shut off from everything foreign."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from connvo.settings import ServerSettings
from connvo.telemetry import Metrics
from connvo.transport.http import Doors
from connvo.transport.origins import origin_of, usable_address
from connvo.transport.pages import Pages, found

INDEX = "<!doctype html><title>connvo</title><script type=module src=/assets/index-1a2b.js></script>"
SCRIPT = "console.log('hello');" * 50


async def no_socket(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no sockets here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "assets" / "index-1a2b.js").write_text(SCRIPT)
    (tmp_path / "assets" / "index-3c4d.css").write_text("main { color: red }")
    (tmp_path / "secret.txt").write_text("not for the web")
    return tmp_path


@pytest.fixture
def web(folder: Path) -> TestClient:
    pages = Pages(folder, connects_to=lambda: ["https://id.example.org"])
    return TestClient(Doors(pages.routes(), pages.prefixes(), Metrics("1"), no_socket, pages.no_page))


@pytest.mark.parametrize("path", ["/", "/m/0jw4cqd8", "/m/0jw4cqd8/after", "/j/abc", "/diagnostics"])
def test_every_address_of_the_app_is_the_page(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_a_page_the_browser_holds_is_not_sent_again(web: TestClient) -> None:
    tag = web.get("/").headers["etag"]
    assert web.get("/m/1", headers={"If-None-Match": tag}).status_code == 304


def test_the_page_runs_its_own_scripts_only(web: TestClient) -> None:
    rules = dict(part.strip().split(" ", 1) for part in web.get("/").headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["connect-src"] == "'self' https://id.example.org ws: wss:"
    assert rules["media-src"] == "'self' blob:"
    assert rules["frame-ancestors"] == "'none'"


def test_a_file_with_its_digest_in_its_name_is_kept_for_ever(web: TestClient) -> None:
    answer = web.get("/assets/index-1a2b.js")
    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert web.get("/assets/index-3c4d.css").headers["content-type"].startswith("text/css")


def test_scripts_travel_compressed_for_whoever_takes_that(web: TestClient) -> None:
    small = web.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip"})
    plain = web.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), mtime=0)) < len(SCRIPT)
    assert "content-encoding" not in plain.headers
    assert small.text == plain.text == SCRIPT


@pytest.mark.parametrize(
    "path",
    ["/secret.txt", "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/", "/assets/gone.js", "/nowhere"],
)
def test_nothing_else_can_be_reached(web: TestClient, path: str) -> None:
    assert web.get(path).status_code == 404


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/m/", "/j/", "/M/1", "/index.html"])
def test_a_browser_is_shown_the_page_at_an_address_that_leads_nowhere(web: TestClient, path: str) -> None:
    answer = web.get(path, headers=BROWSER)
    assert (answer.status_code, answer.text) == (404, INDEX)
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_a_browser_is_shown_the_page_when_it_uses_a_wrong_method(web: TestClient) -> None:
    answer = web.post("/", headers=BROWSER)
    assert (answer.status_code, answer.text, answer.headers["allow"]) == (405, INDEX, "GET, OPTIONS")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.5", "image/avif,*/*"])
def test_everything_else_is_told_in_json(web: TestClient, accept: str) -> None:
    answer = web.get("/nowhere", headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFound")
    assert web.post("/", headers={"Accept": accept}).json()["code"] == "MethodNotAllowed"


def test_a_folder_that_is_asked_for_has_a_page_in_it(folder: Path) -> None:
    assert ServerSettings(web=folder).web == folder
    with pytest.raises(ValidationError, match=r"no index\.html"):
        ServerSettings(web=folder / "assets")


def test_the_folder_asked_for_is_the_one_served(folder: Path) -> None:
    assert found(folder) == folder


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://id.example.org/realms/one", "https://id.example.org"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_the_page_may_talk_to_its_issuer(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    ("address", "usable"),
    [
        ("https://id.example.org/token", True),
        ("https://id.example.org:8443/token?tenant=1&x=~", True),
        ("http://localhost:9000/token", True),
        ("http://127.0.0.1/token", True),
        ("http://id.example.org/token", False),
        ("https://id.example.org; script-src *", False),
        ("https://id.example.org/a;b", False),
        ("https://id.example.org/ https://evil.example", False),
        ("https://evil.example,https://x", False),
        ("https://'self'", False),
        ("https://*", False),
        ("https://*.example.org/token", False),
        ("https://user:secret@id.example.org/", False),
        ("https://id.example.org:0/", False),
        ("https://id.example.org:99999/", False),
        ("https://id.example.org\r\nx: y", False),
        ("https://id.example.org/\n", False),
        ("//id.example.org/token", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("", False),
        (None, False),
        (7, False),
        ("https://id.example.org/" + "x" * 3000, False),
    ],
)
def test_an_address_of_a_provider_cannot_change_the_policy(address: object, usable: bool) -> None:
    assert (usable_address(address) is not None) is usable


def test_the_policy_follows_what_is_known_and_a_kept_page_gets_the_new_one(folder: Path) -> None:
    known: list[str] = []
    pages = Pages(folder, connects_to=lambda: known)
    web = TestClient(Doors(pages.routes(), pages.prefixes(), Metrics("1"), no_socket))
    before = web.get("/")
    assert "connect-src 'self' ws: wss:" in before.headers["content-security-policy"]
    known.append("https://tokens.example")
    after = web.get("/", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert "connect-src 'self' https://tokens.example ws: wss:" in after.headers["content-security-policy"]
