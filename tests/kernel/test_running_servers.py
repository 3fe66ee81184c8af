"""Commands find the servers of their user: those that run, and no others."""

import asyncio
import fcntl
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from connvo.doctor.server import server_finding
from connvo.kernel.running_servers import Running, announced, running

HELD = """
import sys, time
from pathlib import Path
from connvo.kernel.running_servers import Running, announced
with announced(Running("http://127.0.0.1:1", Path("/data"))):
    print("announced", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of notes that no other test has."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "connvo"


@pytest.fixture
def answering() -> Iterator[str]:
    """A server that says it is ready."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_server_is_listed_while_it_runs(place: Path) -> None:
    server = Running("http://127.0.0.1:3210", Path("/data"))
    assert running() == []
    with announced(server):
        assert running() == [server]
        assert place.stat().st_mode & 0o077 == 0
    assert running() == []


def test_one_that_was_killed_is_not_listed(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HELD], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "announced\n"
        assert [server.url for server in running()] == ["http://127.0.0.1:1"]
        process.send_signal(signal.SIGKILL)
    assert list(place.glob("*.json")) != []
    assert running() == []
    assert list(place.glob("*.json")) == []


def test_a_folder_that_cannot_be_used_costs_nothing_but_the_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere/at/all")
    with announced(Running("http://127.0.0.1:3210", Path("/data"))):
        assert running() == []


def test_a_note_that_makes_no_sense_is_passed_over(place: Path) -> None:
    place.mkdir()
    for number, text in enumerate(["", "[]", json.dumps({"url": "x"})]):
        (place / f"{number}.json").write_text(text)
    opened = [file.open() for file in place.glob("*.json")]
    for one in opened:
        fcntl.flock(one, fcntl.LOCK_EX)
    assert running() == []
    for one in opened:
        one.close()


def test_the_doctor_asks_the_server_of_the_folder(tmp_path: Path, answering: str) -> None:
    assert asyncio.run(server_finding(tmp_path)).state == "skipped"
    with announced(Running(answering, tmp_path)):
        assert asyncio.run(server_finding(tmp_path)) == ("server", "ok", f"answers at {answering}", "")
        other = asyncio.run(server_finding(tmp_path / "other"))
        assert (other.state, f"--data {tmp_path}" in other.advice) == ("warning", True)


def test_the_doctor_says_when_that_server_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with announced(Running(f"http://127.0.0.1:{nobody.getsockname()[1]}", tmp_path)):
            found = asyncio.run(server_finding(tmp_path))
    assert (found.state, "does not answer" in found.says) == ("failed", True)
