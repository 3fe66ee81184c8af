"""The whole server put together: real functions on a real database, behind the doors."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connvo.app import Backend, build, openapi
from connvo.settings import KEY_BYTES, GetStreamSettings, IdentitySettings, ServerSettings, Settings
from connvo.store.engine import StoreUnavailable
from connvo.store.factory import DATABASE_FILE, data_folder
from connvo.transport.auth import session_notes
from connvo.transport.auth.local_issuer import KEY_FILE, LocalIssuer
from connvo.transport.http.webhooks import PATH as WEBHOOK

from .support.getstream_double import KEY, SECRET, signature, webhook

ME = "users/queries:getCurrentUser"
SIGN_UP = "users/mutations:upsertUser"
SESSIONS = "users/sessions:listMine"


class Visitor:
    """Somebody with a token of the server's own issuer."""

    def __init__(self, http: TestClient, data: Path, subject: str = "alice") -> None:
        self.http = http
        token = LocalIssuer.open(data).mint(
            subject, IdentitySettings(), time.time(), 60, email=f"{subject}@example.org"
        )
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, door: str, path: str, **args: Any) -> Any:
        reply = self.http.post(door, json={"path": path, "args": args}, headers=self.headers)
        assert reply.status_code == 200, reply.text
        return reply.json()


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(server=ServerSettings(data=tmp_path))
    here = ("127.0.0.1", 50_000)
    with TestClient(build(settings), "http://localhost", raise_server_exceptions=False, client=here) as client:
        yield client


@pytest.fixture
def alice(http: TestClient, tmp_path: Path) -> Visitor:
    visitor = Visitor(http, tmp_path)
    assert (
        visitor.call("/api/mutation", SIGN_UP, workosUserId="alice", email="alice@example.org")["status"] == "success"
    )
    return visitor


def test_writes_of_one_interface_are_read_through_the_others(http: TestClient, alice: Visitor) -> None:
    through_query = alice.call("/api/query", ME)
    through_run = http.post(f"/api/run/{ME.replace(':', '/')}", json={"args": {}}, headers=alice.headers).json()
    through_get = http.get("/api/query", params={"path": ME}, headers=alice.headers).json()
    assert through_query == through_run == through_get
    assert through_query["value"]["email"] == "alice@example.org"


def test_a_snapshot_shows_the_past(http: TestClient, alice: Visitor) -> None:
    ts = http.post("/api/query_ts").json()["ts"]
    before = alice.call("/api/query", ME)
    alice.call("/api/mutation", "users/mutations:updateLastSeen")
    body = {"path": ME, "args": {}, "ts": ts}
    assert http.post("/api/query_at_ts", json=body, headers=alice.headers).json() == before


def test_a_snapshot_nobody_took_is_gone(http: TestClient, alice: Visitor) -> None:
    body = {"path": ME, "args": {}, "ts": "AQAAAAAAAAA="}
    reply = http.post("/api/query_at_ts", json=body, headers=alice.headers)
    assert (reply.status_code, reply.json()["code"]) == (400, "SnapshotGone")


def test_a_batch_is_read_together(http: TestClient, alice: Visitor) -> None:
    queries = [{"path": ME, "args": {}}, {"path": "interests/queries:listCatalog", "args": {}}]
    results = http.post("/api/query_batch", json={"queries": queries}, headers=alice.headers).json()["results"]
    assert [result["status"] for result in results] == ["success", "success"]


@pytest.mark.parametrize(
    ("door", "path", "code", "text"),
    [
        ("/api/query", "no/such:thing", "NOT_FOUND", "Could not find public function for 'no/such:thing'"),
        ("/api/mutation", ME, "VALIDATION_ERROR", "as Mutation, but it is defined as Query"),
        ("/api/action", SIGN_UP, "VALIDATION_ERROR", "as Action, but it is defined as Mutation"),
        ("/api/query", SIGN_UP, "VALIDATION_ERROR", "as Query, but it is defined as Mutation"),
    ],
)
def test_the_wrong_door_or_function_is_an_error_of_the_call(
    alice: Visitor, door: str, path: str, code: str, text: str
) -> None:
    answer = alice.call(door, path)
    assert (answer["status"], answer["errorData"]["code"]) == ("error", code)
    assert text in answer["errorMessage"]


def test_a_sign_in_that_called_before_its_account_existed_is_listed(
    http: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_notes, "RETRY_SECONDS", 0.0)
    early, late = Visitor(http, tmp_path), Visitor(http, tmp_path)
    assert early.call("/api/query", ME)["value"] is None
    args = {"workosUserId": "alice", "email": "alice@example.org"}
    assert late.call("/api/mutation", SIGN_UP, **args)["status"] == "success"
    assert len(late.call("/api/query", SESSIONS)["value"]) == 1
    early.call("/api/query", ME)
    deadline = time.monotonic() + 5
    while len(listed := late.call("/api/query", SESSIONS)["value"]) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)  # noting is in no call's way, so it may come after the answer
    assert [row["current"] for row in listed] == [True, False]


def test_internal_functions_are_behind_no_door(tmp_path: Path, alice: Visitor) -> None:
    backend = Backend(Settings(server=ServerSettings(data=tmp_path / "other")))
    internal = [entry.path for entry in backend.registry.functions() if entry.internal]
    paths: Any = openapi(backend.registry)["paths"]
    assert internal
    for path in internal:
        for door in ("/api/query", "/api/mutation", "/api/action"):
            assert alice.call(door, path)["errorData"]["code"] == "NOT_FOUND"
        reply = alice.http.post(f"/api/run/{path.replace(':', '/')}", json={"args": {}}, headers=alice.headers)
        assert reply.json()["errorData"]["code"] == "NOT_FOUND"
        assert f"/api/run/{path.replace(':', '/')}" not in paths


def test_nobody_is_signed_in_without_a_token(http: TestClient) -> None:
    answer = http.post("/api/query", json={"path": "users/queries:getUserProfile", "args": {"userId": "x"}}).json()
    assert answer["status"] == "error"
    unsigned = http.post(
        "/api/mutation", json={"path": SIGN_UP, "args": {"workosUserId": "a", "email": "a@b.c"}}
    ).json()
    assert unsigned["errorData"]["code"] == "UNAUTHORIZED"


def test_the_document_is_that_of_the_functions(http: TestClient) -> None:
    assert http.get("/openapi.json").json() == openapi()


def test_commits_and_calls_are_counted(http: TestClient, alice: Visitor) -> None:
    text = http.get("/metrics").text
    assert f'connvo_calls_total{{function="{SIGN_UP}",outcome="success"}} 1.0' in text
    commits = next(line for line in text.splitlines() if line.startswith("connvo_commits_total "))
    assert float(commits.split()[1]) >= 1
    assert "connvo_sync_connections 0.0" in text
    assert "alice" not in text


def test_a_server_comes_back_with_its_data(tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(data=tmp_path))
    with TestClient(build(settings)) as http:
        Visitor(http, tmp_path).call("/api/mutation", SIGN_UP, workosUserId="alice", email="alice@example.org")
    with TestClient(build(settings)) as http:
        assert Visitor(http, tmp_path).call("/api/query", ME)["value"]["email"] == "alice@example.org"
    assert {DATABASE_FILE, KEY_FILE} <= {path.name for path in tmp_path.iterdir()}


async def _key_of_room_tokens(settings: Settings) -> bytes:
    backend = Backend(settings)
    await backend.open()
    try:
        return backend.settings.secrets.room_token
    finally:
        await backend.close()


def test_room_tokens_are_signed_with_the_key_of_the_database_and_the_given_settings_stay(tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(data=tmp_path))
    given = settings.secrets.room_token
    first, second = (asyncio.run(_key_of_room_tokens(settings)) for _ in range(2))
    assert first == second != given
    assert len(first) == KEY_BYTES
    assert settings.secrets.room_token == given


def test_without_the_local_issuer_nothing_of_it_is_there(tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(data=tmp_path), identity=IdentitySettings(workos_client_id="client_1"))
    with TestClient(build(settings)) as http:
        assert http.get("/.well-known/jwks.json").status_code == 404
    assert not (tmp_path / KEY_FILE).exists()


def test_a_data_folder_that_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot use the data folder"):
        data_folder(tmp_path / "file" / "data")


def test_a_webhook_of_getstream_counts_once_over_a_restart(tmp_path: Path) -> None:
    app = GetStreamSettings(api_key=KEY, api_secret=SECRET)
    body = webhook("call.ended", time.time() * 1000, "getstream_nothing")
    signed = {"X-Signature": signature(body)}
    said = []
    for _ in range(2):
        settings = Settings(server=ServerSettings(data=tmp_path), getstream=app)
        with TestClient(build(settings), raise_server_exceptions=False) as client:
            said.append(client.post(WEBHOOK, content=body, headers=signed).json())
            assert client.post(WEBHOOK, content=body).status_code == 401
    assert said == [{"status": "ignored"}, {"status": "repeated"}]


def test_without_getstream_there_is_no_webhook(http: TestClient) -> None:
    assert http.post(WEBHOOK, content=b"{}").status_code == 404
