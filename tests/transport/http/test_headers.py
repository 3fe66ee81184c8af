"""The headers of every response keep other origins from signing in, from sniffing types, and from framing pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connvo.app import Backend, build
from connvo.settings import RateSettings, ServerSettings, Settings
from connvo.transport.http.cors import MAX_NAMES_BYTES

ORIGIN = {"Origin": "https://evil.example"}
CLOSED = ["/api/auth", "/api/auth/local", "/metrics", "/readyz", "/", "/docs", "/docs/docs.js"]
OPEN = ["/api/query", "/api/run/users/queries/getCurrentUser", "/livez", "/openapi.json", "/nowhere"]
ALLOW = "access-control-allow-origin"


def make(folder: Path, **rates: Any) -> Iterator[TestClient]:
    settings = Settings(server=ServerSettings(data=folder), rates=RateSettings(**rates))
    with TestClient(build(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    yield from make(tmp_path_factory.mktemp("headers") / "data")


@pytest.mark.parametrize("path", [*CLOSED, *OPEN, "/favicon.ico", "/m/x", "/api/health", "/version", "/assets/no.js"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
def test_every_reply_is_safe_from_sniffing_framing_and_telling_where_it_was(
    http: TestClient, path: str, method: str
) -> None:
    reply = http.request(method, path, headers={"Accept": "text/html"} if path == "/nowhere" else {})
    for name in ("x-content-type-options", "referrer-policy", "content-security-policy"):
        assert len(reply.headers.get_list(name)) == 1, name
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    if reply.headers.get("content-type") == "application/json":
        assert reply.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", [*CLOSED, *OPEN])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_reply_allows_credentials_or_names_an_origin(http: TestClient, path: str, method: str) -> None:
    preflight = {**ORIGIN, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    for reply in (http.request(method, path, headers=ORIGIN), http.options(path, headers=preflight)):
        assert "access-control-allow-credentials" not in reply.headers
        assert reply.headers.get(ALLOW) == ("*" if path in OPEN else None)
        if path in CLOSED:
            assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ("authorization,content-type,convex-client", True),
        ("Authorization, X-Other", True),
        ("x" * MAX_NAMES_BYTES, True),
        ("x" * (MAX_NAMES_BYTES + 1), False),
        ("a\tb", False),
        ('a"b', False),
        ("a;b", False),
        ("é", False),
        ("", False),
    ],
)
def test_a_preflight_allows_the_fields_that_it_asks_for_and_nothing_odd(
    http: TestClient, asked: str, allowed: bool
) -> None:
    headers = {**ORIGIN, "Access-Control-Request-Headers": asked.encode("latin-1")}
    reply = http.options("/api/query", headers=headers)  # type: ignore[arg-type]
    assert reply.status_code == 204
    assert reply.headers.get("access-control-allow-headers") == (asked if allowed else None)


def test_signing_in_by_name_is_counted_by_network(tmp_path: Path) -> None:
    for http in make(tmp_path, network_burst=3, network_per_second=0.01):
        answers = [http.post("/api/auth/local", json={}) for _ in range(5)]
        assert [answer.status_code == 429 for answer in answers] == [False, False, False, True, True]
        assert answers[-1].json()["code"] == "TooManyRequests"
        assert int(answers[-1].headers["retry-after"]) > 1


def test_health_is_answered_however_much_a_network_has_called(tmp_path: Path) -> None:
    for http in make(tmp_path, network_burst=1, network_per_second=0.01):
        for _ in range(4):
            assert http.post("/api/query_ts").status_code in (200, 429)
        for path in ("/livez", "/readyz", "/api/health", "/api/auth", "/"):
            assert http.get(path).status_code == 200, path


def test_clients_of_a_trusted_proxy_are_counted_apart(tmp_path: Path) -> None:
    server = ServerSettings(data=tmp_path, trusted_proxies="192.0.2.0/24")
    settings = Settings(server=server, rates=RateSettings(network_burst=1, network_per_second=0.01))
    http = TestClient(Backend(settings).router, client=("192.0.2.7", 1))
    for client in ("198.51.100.1", "198.51.100.2", "2001:db8::1"):
        for status in (400, 429):
            reply = http.post("/api/query", content=b"{}", headers={"X-Forwarded-For": f"10.0.0.1, {client}"})
            assert reply.status_code == status
    again = http.post("/api/query", content=b"{}", headers={"X-Forwarded-For": "2001:db8::2"})
    assert again.status_code == 429
