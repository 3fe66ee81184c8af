"""GetStream's client is the operator's file: it is served where it is configured, and the page gets no secret."""

import gzip
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from connvo.app import build
from connvo.settings import GetStreamSettings, ServerSettings, Settings

CLIENT = "export class StreamVideoClient {}\n" * 40
KEY, SECRET = "the-key", "the-secret-of-thirty-two-letters"
OWN = {"'self'", "ws://testserver", "wss://testserver"}
HOSTS = ["https://*.stream-io-api.com", "https://*.stream-io-video.com"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A server with a page, and with GetStream."""
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>")
    app = GetStreamSettings(api_key=KEY, api_secret=SECRET)
    return Settings(server=ServerSettings(data=tmp_path / "data", web=web), getstream=app)


def open_to(settings: Settings, **more: object) -> TestClient:
    """Return a way to the server, whose GetStream has these settings too."""
    given = settings.getstream.model_dump() | more
    return TestClient(build(Settings(server=settings.server, getstream=GetStreamSettings(**given))))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The client, where the operator has put it."""
    path = tmp_path / "getstream-client.js"
    path.write_text(CLIENT)
    return path


def places(http: TestClient) -> set[str]:
    """Return where the page may connect to."""
    [rule] = [part for part in http.get("/").headers["content-security-policy"].split(";") if "connect-src" in part]
    return set(rule.split()[1:])


def test_it_is_served_as_a_script_that_a_browser_revalidates(settings: Settings, file: Path) -> None:
    http = open_to(settings, client=file)
    answer = http.get("/getstream/client.js", headers={"Accept-Encoding": "identity"})
    assert (answer.status_code, answer.text) == (200, CLIENT)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    held = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": "identity"}
    assert http.get("/getstream/client.js", headers=held).status_code == 304
    file.write_text(CLIENT + "// newer")
    assert open_to(settings, client=file).get("/getstream/client.js", headers=held).status_code == 200


def test_it_is_compressed_for_clients_that_accept_that(settings: Settings, file: Path) -> None:
    answer = open_to(settings, client=file).get("/getstream/client.js", headers={"Accept-Encoding": "gzip"})
    assert answer.text == CLIENT
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"]
    assert int(answer.headers["content-length"]) == len(gzip.compress(CLIENT.encode(), mtime=0))


def test_the_page_is_told_all_that_the_client_needs_and_no_secret(settings: Settings, file: Path) -> None:
    answer = open_to(settings, client=file).get("/api/getstream")
    assert answer.json() == {"client": "/getstream/client.js", "apiKey": KEY, "callType": "default"}
    elsewhere = open_to(settings, client=file, client_url="https://eu.example.org/video", call_type="ours")
    assert elsewhere.get("/api/getstream").json() == {
        "client": "/getstream/client.js", "apiKey": KEY, "callType": "ours", "baseUrl": "https://eu.example.org/video",
    }  # fmt: skip


def test_the_page_may_connect_to_getstream_then_and_runs_nothing_of_it(settings: Settings, file: Path) -> None:
    http = open_to(settings, client=file)
    assert places(http) == {*OWN, *HOSTS, *(host.replace("https", "wss") for host in HOSTS)}
    assert "script-src 'self';" in http.get("/").headers["content-security-policy"]
    own = open_to(settings, client=file, client_hosts="https://*.a.org", client_url="https://api.b.org:8443/video")
    assert places(own) == {
        *OWN, "https://*.a.org", "https://api.b.org:8443", "wss://*.a.org", "wss://api.b.org:8443",
    }  # fmt: skip


def test_without_it_nothing_is_served_told_or_opened(settings: Settings) -> None:
    http = open_to(settings)
    assert http.get("/getstream/client.js").status_code == 404
    assert http.get("/api/getstream").json() is None
    assert places(http) == OWN
