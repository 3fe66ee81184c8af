"""Rows tell where a call really came from, over HTTP and sockets; operators are such over both."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.support.live import LiveServer, serving
from tests.support.sync_client import SyncClient
from tests.support.sync_line import dialled

HEAD, LIST = "audit/logging:getAuditHead", "audit/logging:listAuditLogs"
CREATE = "meetings/lifecycle:createMeeting"
FORGED = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7", "User-Agent": "Prober/1\t" + "x" * 300}


@pytest.fixture(scope="module", params=["", "127.0.0.1/32"], ids=["direct", "proxied"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server without a proxy, and one that trusts the proxy on this machine."""
    folder = tmp_path_factory.mktemp("server") / "data"
    with serving(folder, CONNVO_TRUSTED_PROXIES=request.param) as running:
        yield running


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    """The address that is really known of a caller with forged headers."""
    return "192.0.2.7" if "proxied" in request.node.name else "127.0.0.1"


def post(server: LiveServer, token: str, path: str, **args: Any) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}", **FORGED}
    asked = Request(f"{server.url}/api/run/{path.replace(':', '/')}", json.dumps({"args": args}).encode(), headers)
    with urlopen(asked) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def client_of(token: str) -> SyncClient:
    client = SyncClient()
    client.token = token
    return client


def test_a_forged_header_names_no_other_address(server: LiveServer, address: str) -> None:
    token, operator = server.token("ada"), server.token("ops", operator=True)
    post(server, token, "users/mutations:upsertUser", workosUserId="ada", email="ada@example.org")
    post(server, token, CREATE, title="By HTTP")
    with dialled(client_of(token), server.url, additional_headers=FORGED) as line:
        line.mutate(CREATE, title="By socket")
    page = {"numItems": 10, "cursor": None}
    rows = server.call(operator, LIST, action="meeting.create", paginationOpts=page)["page"]
    assert len(rows) == 2
    assert {row["ipAddress"] for row in rows} == {address}
    assert all(len(row["userAgent"]) <= 200 and "\t" not in row["userAgent"] for row in rows)
    assert "Prober/1" + "x" * 192 in {row["userAgent"] for row in rows}
    assert all(row["requestId"] for row in rows)


def test_an_operator_is_one_over_http_and_sockets(server: LiveServer) -> None:
    operator, admin = server.token("ops", operator=True), server.token("adam", org_id="o", org_role="admin")
    server.call(admin, "users/mutations:upsertUser", workosUserId="adam", email="adam@example.org")
    assert post(server, operator, HEAD)["status"] == "success"
    assert post(server, admin, HEAD)["errorData"]["code"] == "FORBIDDEN"
    for token, is_operator in ((operator, True), (admin, False)):
        with dialled(client_of(token), server.url) as line:
            number = line.watch(HEAD)
            assert ("seal" in str(line.client.results[number])) == is_operator
