"""The documentation is served from the folder that was built, and nothing else is."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connvo.telemetry.metrics import Metrics
from connvo.transport.http.docs_site import DocsSite
from connvo.transport.http.router import Router

PAGE = "<!doctype html><title>Operating</title>"


async def no_socket(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no sockets here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "_static").mkdir(parents=True)
    (site / "decisions").mkdir()
    (site / "index.html").write_text("<!doctype html><title>connvo</title>")
    (site / "operating.html").write_text(PAGE)
    (site / "decisions" / "index.html").write_text(PAGE)
    (site / "_static" / "theme.css").write_text("main { color: red }")
    (tmp_path / "secret.html").write_text("not for the web")
    return site


@pytest.fixture
def web(folder: Path) -> TestClient:
    site = DocsSite(folder)
    router = Router(site.routes(), site.prefixes(), Metrics("1"), no_socket, same_origin=site.own_paths())
    return TestClient(router, follow_redirects=False)


def test_the_start_page_is_at_the_prefix(web: TestClient) -> None:
    moved = web.get("/docs")
    assert (moved.status_code, moved.headers["location"]) == (308, "/docs/")
    assert "<title>connvo</title>" in web.get("/docs/").text


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/docs/operating.html", "text/html; charset=utf-8"),
        ("/docs/decisions/index.html", "text/html; charset=utf-8"),
        ("/docs/_static/theme.css", "text/css; charset=utf-8"),
    ],
)
def test_each_file_is_served_with_its_type_and_revalidated(web: TestClient, path: str, content_type: str) -> None:
    first = web.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, content_type)
    again = web.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/docs/none.html", "/docs/../secret.html", "/docs/%2e%2e/secret.html", "/docs/_static", "/docs//operating.html"],
)
def test_no_other_file_can_be_reached(web: TestClient, path: str) -> None:
    refused = web.get(path)
    assert refused.status_code == 404
    assert "not for the web" not in refused.text


def test_its_pages_run_their_own_scripts_alone(web: TestClient) -> None:
    headers = web.get("/docs/operating.html", headers={"Origin": "https://evil.example"}).headers
    assert "default-src 'none'; script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
