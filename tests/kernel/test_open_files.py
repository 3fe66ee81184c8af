"""Few open files: connections never take those that the server needs itself."""

import http.client
import json
import resource
import signal
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connvo.kernel.open_files import RESERVED_FILES, RESERVED_PART, divide
from tests.support.live import BANNER, CONNVO, LiveServer, clean_environment
from tests.support.outside import needs

FILES = 256
SILENT = 400
SECONDS = 30


@pytest.mark.parametrize(
    ("files", "wanted", "connections", "backlog"),
    [(20_000, 4096, 4096, 2048), (1024, 4096, 768, 128), (256, 4096, 160, 32), (20_000, 100, 100, 2048)],
)
def test_a_reserve_of_files_is_kept(files: int, wanted: int, connections: int, backlog: int) -> None:
    assert divide(files, wanted) == (connections, backlog)


def test_connections_and_backlog_leave_files_to_the_server_itself() -> None:
    for files in range(40, 5000):
        budget = divide(files, 4096)
        assert files - budget.connections - budget.backlog >= min(RESERVED_FILES, files // RESERVED_PART)


def _few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


def test_more_silent_connections_than_files_keep_nobody_out(tmp_path: Path) -> None:
    needs("processes to kill")
    data = tmp_path / "data"
    with (tmp_path / "log").open("w+b") as log:
        command = [*CONNVO, "serve", "--port", "0", "--data", str(data)]
        environment = clean_environment() | {"CONNVO_HTTP_CONNECTIONS_PER_NETWORK": "10000"}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=_few_files
        )
        try:
            assert process.stdout is not None
            found = BANNER.match(process.stdout.readline().strip())
            assert found
            _flood(LiveServer(found[1], data))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=SECONDS)
        assert process.returncode == 0
        log.seek(0)
        written = log.read()
    assert b"event=open_files files=256 connections=160" in written
    assert len(written) < 4096


def _flood(server: LiveServer) -> None:
    place = urlsplit(server.url)
    assert place.hostname and place.port
    member = http.client.HTTPConnection(place.hostname, place.port, timeout=SECONDS)
    headers = {"Authorization": f"Bearer {server.token('alice')}", "Content-Type": "application/json"}
    with ExitStack() as stack:
        stack.callback(member.close)
        _call(member, headers)
        own_socket = member.sock
        for number in range(SILENT):
            silent = socket.create_connection((place.hostname, place.port), SECONDS)
            stack.callback(silent.close)
            if number % 2:
                silent.send(b"GET / HTTP/1.1\r\nA")
        _call(member, headers)
        assert member.sock is own_socket
        stranger = http.client.HTTPConnection(place.hostname, place.port, timeout=SECONDS)
        stack.callback(stranger.close)
        _call(stranger, {"Content-Type": "application/json"})


def _call(connection: http.client.HTTPConnection, headers: dict[str, str]) -> Any:
    body = json.dumps({"path": "interests/queries:listCatalog", "args": {}})
    connection.request("POST", "/api/query", body, headers)
    reply = connection.getresponse()
    answer = json.load(reply)
    assert (reply.status, answer["status"]) == (200, "success"), answer
    return answer
