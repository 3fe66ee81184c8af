"""Every way in which a media server fails people is told, in words that repair it: each held against a real Janus."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from connvo.doctor.checks import examined
from connvo.doctor.report import Finding
from connvo.doctor.websocket import socket_finding
from connvo.providers.rooms import janus as adapter
from connvo.settings import JanusSettings, ServerSettings, Settings
from tests.support.certificate import make_certificate
from tests.support.coturn import Coturn, free_ports
from tests.support.janus import JanusServer
from tests.support.ports import own_port

WRONG = "another secret"
API, SOCKET = "janus", "janus socket"
PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="module")
def janus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JanusServer]:
    with JanusServer(tmp_path_factory.mktemp("janus")) as running:
        yield running


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is given time to answer."""
    monkeypatch.setattr(adapter, "PROBE_SECONDS", PATIENCE_SECONDS)


def ask(folder: Path, settings: JanusSettings, **changes: str) -> dict[str, Finding]:
    """Return what the doctor finds about a Janus, configured with these changes."""
    wanted = Settings(server=ServerSettings(data=folder), janus=settings.model_copy(update=changes))
    return {finding.check: finding for finding in asyncio.run(examined(wanted))}


@pytest.mark.usefixtures("patient")
def test_one_that_works_is_said_to(tmp_path: Path, janus: JanusServer) -> None:
    found = ask(tmp_path, janus.settings)
    assert (found[API].state, found[SOCKET].state) == ("ok", "ok"), found


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("setting", "names"), [("admin_secret", "CONNVO_JANUS_ADMIN_SECRET"), ("admin_key", "CONNVO_JANUS_ADMIN_KEY")]
)
def test_a_wrong_secret_is_told_and_never_printed(setting: str, names: str, tmp_path: Path, janus: JanusServer) -> None:
    found = ask(tmp_path, janus.settings, **{setting: WRONG})[API]
    assert (found.state, "refused" in found.says) == ("failed", True), found
    code = found.says.rpartition("(code ")[2].rstrip(")")
    assert f"code {code}: {names} must be" in found.advice
    assert WRONG not in str(found)


@pytest.mark.usefixtures("patient")
def test_one_that_is_gone_is_told(tmp_path: Path) -> None:
    with JanusServer(tmp_path / "janus") as janus:
        settings = janus.settings
        janus.kill()
    found = ask(tmp_path, settings)
    assert (found[API].state, found[API].says) == ("failed", "Janus cannot be reached")
    assert "CONNVO_JANUS_ADMIN_URL" in found[API].advice
    assert (found[SOCKET].state, "CONNVO_JANUS_WS_URL" in found[SOCKET].advice) == ("failed", True), found


def test_one_that_hangs_is_told_apart_from_one_that_is_gone(tmp_path: Path, janus: JanusServer) -> None:
    janus.freeze()
    try:
        found = ask(tmp_path, janus.settings)
    finally:
        janus.thaw()
    assert (found[API].state, "did not answer within" in found[API].says) == ("failed", True), found
    assert "check its load" in found[API].advice
    assert (found[SOCKET].state, found[SOCKET].says) == ("failed", "nothing answers")


@pytest.mark.usefixtures("patient")
def test_a_socket_that_browsers_cannot_reach_is_told_though_the_api_answers(tmp_path: Path, janus: JanusServer) -> None:
    found = ask(tmp_path, janus.settings, ws_url=f"ws://127.0.0.1:{own_port()}")
    assert (found[API].state, found[SOCKET].state) == ("ok", "failed")
    assert "open that port" in found[SOCKET].advice


def test_an_address_that_leads_to_something_else_is_told(tmp_path: Path, janus: JanusServer) -> None:
    admin = str(janus.settings.admin_url)
    found = asyncio.run(socket_finding(admin.replace("http", "ws", 1)))
    assert (found.state, "not Janus" in found.says, "WebSocket" in found.advice) == ("failed", True, True), found


def test_a_socket_with_a_certificate_of_nobody_is_told(tmp_path: Path) -> None:
    # Whatever speaks TLS will do: a browser gets no further.
    with Coturn("127.0.0.1", free_ports(), "a secret", make_certificate(tmp_path, "127.0.0.1")) as server:
        found = asyncio.run(socket_finding(f"wss://127.0.0.1:{server.ports.tls}"))
    assert (found.state, "public authority" in found.advice) == ("failed", True), found
