"""The web app is served as built: browsers cache it where that is safe, and other origins cannot use it."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from connvo.settings import JanusSettings, ServerSettings
from connvo.telemetry.metrics import Metrics
from connvo.transport.http.page_policy import PagePolicy, janus_origins, socket_origins
from connvo.transport.http.router import Router
from connvo.transport.http.web_app import Pages, find_web_app
from connvo.transport.origins import origin_of, usable_address

INDEX = "<!doctype html><title>connvo</title><script type=module src=/assets/index-1a2b.js></script>"
CSP = "content-security-policy"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCRIPT = "console.log('hello');" * 50


async def no_socket(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no sockets here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "assets" / "index-1a2b.js").write_text(SCRIPT)
    (tmp_path / "assets" / "index-3c4d.css").write_text("main { color: red }")
    (tmp_path / "assets" / "font-5e6f.woff2").write_bytes(b"wOF2")
    (tmp_path / "assets" / "data-7a8b.unknown").write_bytes(b"?")
    (tmp_path / "secret.txt").write_text("not for the web")
    return tmp_path


@pytest.fixture
def web(folder: Path) -> TestClient:
    pages = Pages(folder, PagePolicy(lambda: ["https://id.example.org"], ["https://pictures.example"]))
    closed = pages.own_paths()
    return TestClient(Router(pages.routes(), pages.prefixes(), Metrics("1"), no_socket, pages.no_page, closed))


@pytest.mark.parametrize("path", ["/", "/m/0jw4cqd8", "/m/0jw4cqd8/after", "/j/", "/j/abc", "/diagnostics"])
def test_every_address_of_the_app_is_the_page(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/", "/m/0jw4cqd8", "/m/", "/j/", "/j/abc", "/diagnostics", "/nowhere", "/assets/index-1a2b.js"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_no_other_origin_reads_a_page(web: TestClient, path: str, method: str) -> None:
    asking = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET", **BROWSER}
    if (path, method) == ("/nowhere", "OPTIONS"):
        return  # no page: an unknown address answers preflights as the API does
    answer = web.request(method, path, headers=asking)
    assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_a_page_that_did_not_change_is_for_no_other_origin_either(web: TestClient) -> None:
    tag = web.get("/").headers["etag"]
    answer = web.get("/j/", headers={"If-None-Match": tag, "Origin": "https://evil.example"})
    assert answer.status_code == 304
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_the_browser_holds_is_not_sent_again(web: TestClient) -> None:
    tag = web.get("/").headers["etag"]
    assert web.get("/m/1", headers={"If-None-Match": tag}).status_code == 304


def test_the_page_runs_its_own_scripts_only(web: TestClient) -> None:
    rules = dict(part.strip().split(" ", 1) for part in web.get("/").headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["connect-src"] == "'self' ws://testserver wss://testserver https://id.example.org"
    assert rules["img-src"] == "'self' data: https://pictures.example"
    assert rules["media-src"] == "'self' blob:"
    for closed in ("object-src", "base-uri", "form-action", "frame-ancestors"):
        assert rules[closed] == "'none'"


def test_no_rule_of_the_page_names_a_scheme(web: TestClient) -> None:
    words = web.get("/").headers["content-security-policy"].replace(";", "").split()
    assert {word for word in words if word.endswith(":")} == {"data:", "blob:"}
    assert "*" not in words and "'unsafe-inline'" not in words


@pytest.mark.parametrize("host", ["meet.example.org", "meet.example.org:8443", "127.0.0.1:3210", "[::1]:3210"])
def test_the_page_may_open_sockets_to_the_host_it_came_from(web: TestClient, host: str) -> None:
    assert f"'self' ws://{host} wss://{host} https://id" in web.get("/", headers={"Host": host}).headers[CSP]


@pytest.mark.parametrize(
    "host",
    [
        "", "*", "*.example", "a b", "x; script-src *", "x,y", "evil.example/", "user@evil.example", "'unsafe-inline'",
        "x:port", "-x", "x" * 300, "[::1", "ws:",
    ],
)  # fmt: skip
def test_a_made_up_host_adds_nothing_to_the_policy(web: TestClient, host: str) -> None:
    assert "connect-src 'self' https://id.example.org;" in web.get("/", headers={"Host": host}).headers[CSP]


def test_devices_are_for_the_page_alone_and_unneeded_ones_are_off(web: TestClient) -> None:
    rules = web.get("/").headers["permissions-policy"].split(", ")
    assert {"camera=(self)", "microphone=(self)", "display-capture=(self)", "geolocation=()", "usb=()"} <= set(rules)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/assets/index-1a2b.js"])
def test_other_origins_cannot_embed_anything_of_the_page(web: TestClient, path: str) -> None:
    assert web.get(path, headers=BROWSER).headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("address", "origins"),
    [
        ("wss://media.example.org/janus", ["wss://media.example.org"]),
        ("ws://127.0.0.1:8188", ["ws://127.0.0.1:8188"]),
        ("wss://[2001:db8::7]:8989/janus", ["wss://[2001:db8::7]:8989"]),
        ("wss://*", []),
        ("wss:; script-src *", []),
    ],
)
def test_the_page_may_open_sockets_to_janus(address: str, origins: list[str]) -> None:
    whole = JanusSettings(admin_url="http://127.0.0.1:7088/admin", ws_url=address, admin_secret="s", admin_key="k")
    assert janus_origins(whole) == origins
    assert janus_origins(JanusSettings()) == []


def test_a_place_of_http_is_one_of_sockets_too() -> None:
    assert socket_origins(["https://*.a.org", "http://b:1"]) == [
        "https://*.a.org", "http://b:1", "wss://*.a.org", "ws://b:1",
    ]  # fmt: skip


@pytest.mark.parametrize("hosts", ["https:", "https://*", "http://a.org", "*", "https://a.org; script-src *"])
def test_pictures_come_from_named_hosts(hosts: str) -> None:
    with pytest.raises(ValidationError):
        ServerSettings(picture_hosts=hosts)
    assert ServerSettings(picture_hosts="").picture_hosts == ""


@pytest.mark.parametrize(
    ("name", "content_type"), [("font-5e6f.woff2", "font/woff2"), ("data-7a8b.unknown", "application/octet-stream")]
)
def test_a_file_that_is_no_text_has_its_type_and_is_never_compressed(
    web: TestClient, name: str, content_type: str
) -> None:
    answer = web.get(f"/assets/{name}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"] == content_type
    assert "content-encoding" not in answer.headers


def test_a_file_with_its_digest_in_its_name_is_cached_permanently(web: TestClient) -> None:
    answer = web.get("/assets/index-1a2b.js")
    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert web.get("/assets/index-3c4d.css").headers["content-type"].startswith("text/css")


def test_a_script_is_compressed_for_clients_that_accept_that(web: TestClient) -> None:
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


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/m/", "/j", "/M/1", "/index.html"])
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
    assert find_web_app(folder) == folder


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


def test_the_policy_follows_known_origins_and_a_kept_page_gets_the_new_one(folder: Path) -> None:
    known: list[str] = []
    pages = Pages(folder, PagePolicy(lambda: known))
    web = TestClient(Router(pages.routes(), pages.prefixes(), Metrics("1"), no_socket))
    before = web.get("/")
    assert "connect-src 'self' ws://testserver wss://testserver;" in before.headers["content-security-policy"]
    known.append("https://tokens.example")
    after = web.get("/", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert "wss://testserver https://tokens.example;" in after.headers["content-security-policy"]
