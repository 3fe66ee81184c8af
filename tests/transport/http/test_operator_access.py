"""Metrics and the details of health are for operators: by token, at their own listener, or on the machine itself."""

from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from pydantic import ValidationError

from connvo.kernel.hosts import is_loopback
from connvo.kernel.part_health import PartHealth
from connvo.settings import MetricsSettings
from connvo.transport.addresses import DIRECT
from connvo.transport.http.health import RenderedMetrics
from connvo.transport.http.operator_access import OperatorAccess
from connvo.transport.http.request import Request as Asked
from tests.support.live import PATIENCE_SECONDS, serving
from tests.support.ports import own_port
from tests.transport.conftest import Desk

TOKEN = "a-token-of-operators"
DETAILS = ("/metrics", "/readyz?deep=1")
VERDICTS = {
    "/livez": {"status": "alive"},
    "/readyz": {"status": "ready"},
    "/version": {"version": "1.2.3"},
}
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def assert_closed(desk: Desk, peer: str = "127.0.0.1", host: str = "localhost", **headers: str) -> None:
    """Hold that a stranger hears the verdicts and no detail."""
    desk.checks["database"] = PartHealth(False, "the disk is full")
    stranger = desk.client(peer, host)
    for path in DETAILS:
        reply = stranger.get(path, headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (403, "OperatorsOnly"), path
        assert "connvo_" not in reply.text
    assert stranger.get("/readyz", headers=headers).json() == {"status": "not ready"}
    assert "checks" not in stranger.get("/api/health", headers=headers).json()
    desk.checks["database"] = PartHealth(True, "reads")
    for path, verdict in VERDICTS.items():
        assert stranger.get(path, headers=headers).json() == verdict


def assert_open(desk: Desk, peer: str = "127.0.0.1", host: str = "localhost", **headers: str) -> None:
    """Hold that an operator sees everything."""
    operator = desk.client(peer, host)
    assert "connvo_info" in operator.get("/metrics", headers=headers).text
    assert operator.get("/readyz?deep=1", headers=headers).json()["checks"]["database"]["ok"] is True
    assert "checks" in operator.get("/readyz", headers=headers).json()


@pytest.mark.parametrize(("peer", "host"), [("127.0.0.1", "127.0.0.1:3210"), ("::1", "[::1]:3210")])
def test_a_program_of_this_machine_sees_the_details(desk: Desk, peer: str, host: str) -> None:
    assert_open(desk, peer, host)


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "testclient", ""])
def test_other_machines_do_not(desk: Desk, peer: str) -> None:
    assert_closed(desk, peer)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via", "Origin"])
def test_requests_through_a_proxy_or_for_another_page_do_not(desk: Desk, header: str) -> None:
    assert_closed(desk, **{header: "127.0.0.1"})


@pytest.mark.parametrize(
    "host",
    [
        "meet.example.org",
        "127.0.0.1.example.org",
        "localhost.example.org",
        "[",
        "10.0.0.1",
        "me@localhost",
        "localhost:0",
    ],
)
def test_requests_under_a_public_name_do_not(desk: Desk, host: str) -> None:
    assert_closed(desk, host="localhost", Host=host)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_requests_of_a_browser_for_another_page_do_not(desk: Desk, site: str) -> None:
    assert_closed(desk, **{"Sec-Fetch-Site": site})
    assert_open(desk, **{"Sec-Fetch-Site": "none"})


def test_a_token_is_needed_wherever_one_is_set() -> None:
    desk = Desk(metrics={"token": TOKEN})
    assert_closed(desk)
    wrong = ["", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer", f"Basic {TOKEN}"]
    for value in wrong:
        assert_closed(desk, Authorization=value)
    assert_open(desk, "192.0.2.7", "meet.example.org", **BEARER)
    assert_open(desk, "192.0.2.7", **{"X-Forwarded-For": "192.0.2.9"}, **BEARER)


def test_an_own_listener_closes_the_public_one() -> None:
    assert_closed(Desk(metrics={"port": 9464}))


OWN_HOST = "10.0.0.5"
# None of these is a host, although lenient parsers find a known one in them.
UNREADABLE = [
    "me@localhost",
    "me:secret@10.0.0.5",
    "localhost@rebound.example.org",
    "localhost:0",
    "localhost:65536",
    "localhost:port",
    "localhost:",
    "localhost:9464/",
    "localhost#",
    "localhost?x",
    " localhost",
    "localhost..",
    "local\thost",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[::1",
    "::1",
    "[::1]x",
    "[10.0.0.5]",
    "[localhost]",
    "-localhost",
]


def own_listener(host: str, headers: dict[bytes, bytes], **settings: Any) -> bool:
    """Return whether the operators' own listener, at an address of a network, answers a request to a host."""
    access = OperatorAccess(MetricsSettings(port=9464, host=OWN_HOST, **settings), OWN_HOST, own_listener=True)
    scope = {"method": "GET", "path": "/metrics", "headers": [(b"host", host.encode()), *headers.items()]}
    return access.allows(Asked(scope, nobody, DIRECT))


async def nobody() -> NoReturn:
    raise AssertionError("the body is not looked at")


@pytest.mark.parametrize(
    "host",
    [
        OWN_HOST,
        "10.0.0.5:9464",
        "127.0.0.1:9464",
        "[::1]:9464",
        "[fd00::1]",
        "LOCALHOST:1",
        "connvo-1:9464",
        "Connvo-1.",
        "localhost.:9464",
        "10.0.0.5.",
        "[FD00:0::1]",
    ],
)
def test_every_client_of_the_own_listener_sees_the_details(host: str) -> None:
    assert own_listener(host, {})
    assert own_listener(host, {b"origin": f"http://{host.lower()}".encode()})


@pytest.mark.parametrize(
    "host",
    ["rebound.example.org", "rebound.example.org:9464", "10.0.0.5.example.org", "a.b.", "", "[", "a b", *UNREADABLE],
)
def test_no_page_whose_name_was_made_to_lead_to_the_own_listener_sees_them(host: str) -> None:
    same_origin = {b"origin": f"http://{host}".encode(), b"sec-fetch-site": b"same-origin"}
    assert not own_listener(host, {})
    assert not own_listener(host, same_origin)
    assert own_listener(host, {b"authorization": f"Bearer {TOKEN}".encode()}, token=TOKEN), "a token tells who asks"


@pytest.mark.parametrize(
    "headers",
    [
        {b"origin": b"https://example.org"},
        {b"origin": b"null"},
        {b"sec-fetch-site": b"cross-site"},
        {b"sec-fetch-site": b"same-site"},
    ],
)
def test_no_page_of_another_origin_asks_the_own_listener(headers: dict[bytes, bytes]) -> None:
    assert not own_listener(OWN_HOST, headers)


@pytest.mark.parametrize("token", ["short", "with a blank in it", "line\nbreak-of-a-token", "ä" * 20])
def test_a_token_is_one_that_a_header_can_carry(token: str) -> None:
    with pytest.raises(ValidationError):
        MetricsSettings(token=token)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.8.9.1", True),
        ("LOCALHOST", True),
        ("a.localhost", True),
        ("::ffff:127.0.0.1", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_recognised(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_metrics_are_rendered_seldom_however_many_ask() -> None:
    now, rendered = [10.0], []

    def render() -> bytes:
        rendered.append(1)
        return b"text %d" % len(rendered)

    metrics = RenderedMetrics(render, 1.0, lambda: now[0])
    assert [metrics.text() for _ in range(100)] == [b"text 1"] * 100
    now[0] += 1.0
    assert metrics.text() == b"text 2"


def asked(url: str, **headers: str) -> tuple[int, bytes, Any]:
    """Return status, body and headers of a reply."""
    try:
        with urlopen(Request(url, headers=headers), timeout=PATIENCE_SECONDS) as reply:
            return reply.status, reply.read(), reply.headers
    except HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


def test_operators_have_a_listener_of_their_own(tmp_path: Path) -> None:
    port = own_port()
    with serving(tmp_path / "data", CONNVO_METRICS_PORT=str(port)) as server:
        own = f"http://127.0.0.1:{port}"
        assert asked(f"{server.url}/metrics")[0] == 403
        assert asked(f"{server.url}/readyz")[1] == b'{"status":"ready"}'
        status, text, headers = asked(f"{own}/metrics")
        assert (status, b"connvo_info" in text) == (200, True)
        assert headers["access-control-allow-origin"] is None
        assert b"checks" in asked(f"{own}/readyz?deep=1")[1]
        assert asked(f"{own}/livez")[0] == 200
        for path in ("/", "/api/auth", "/api/query_ts", "/api/sync"):
            assert asked(own + path)[0] in (404, 405), path
    log = (tmp_path / "data.log").read_text("utf-8")
    assert "level=warning" not in log and "level=error" not in log


def test_the_own_listener_asks_for_the_token_too(tmp_path: Path) -> None:
    port = own_port()
    variables = {"CONNVO_METRICS_PORT": str(port), "CONNVO_METRICS_TOKEN": TOKEN}
    with serving(tmp_path / "data", **variables) as server:
        for url in (f"http://127.0.0.1:{port}", server.url):
            assert asked(f"{url}/metrics")[0] == 403
            assert asked(f"{url}/metrics", **BEARER)[0] == 200
