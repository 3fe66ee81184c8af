"""A server behind a proxy that keeps connections: no request costs another one its answer.

The proxy is Caddy, told to wait for the word that `Expect: 100-continue` asks for, as proxies written in Go do. Those
built before July 2024 use a connection again whose server still waits for the body of the request before.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.support.outside import needs
from tests.support.raw_http import listening

PATIENCE_SECONDS = 5.0
READY_SECONDS = 30.0
ROUNDS = 10
CONFIGURATION = """
{{
	admin off
}}
http:// {{
	bind unix/{door}
	reverse_proxy {node} {{
		transport http {{
			expect_continue_timeout 5s
		}}
	}}
}}
"""
QUESTION = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
ANNOUNCED = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    """Answer everything without a look at its body, and refuse what is sent with POST."""
    status = 413 if scope["method"] == "POST" else 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def test_a_body_that_was_not_asked_for_costs_no_other_request_its_answer(tmp_path: Path) -> None:
    with listening(refusing) as listener, proxying(tmp_path, listener.address) as door:
        for _ in range(ROUNDS):
            assert answer(door, ANNOUNCED).startswith(b"HTTP/1.1 413 ")
            assert answer(door, QUESTION).startswith(b"HTTP/1.1 200 ")


@contextmanager
def proxying(folder: Path, node: tuple[str, int]) -> Iterator[Path]:
    """Run Caddy before a server, and yield the socket on which it listens."""
    needs("Caddy")
    door, configuration, log = folder / "door", folder / "Caddyfile", folder / "caddy.log"
    configuration.write_text(CONFIGURATION.format(door=door, node="{}:{}".format(*node)))
    command = ["caddy", "run", "--config", str(configuration), "--adapter", "caddyfile"]
    home = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, env={**os.environ, **home}, stdout=errors, stderr=errors) as process,
    ):
        try:
            until = time.monotonic() + READY_SECONDS
            while not door.exists():
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.02)
            yield door
        finally:
            process.terminate()
            process.wait(READY_SECONDS)


def answer(door: Path, data: bytes) -> bytes:
    """Return what is said to bytes until the end of the connection or a silence."""
    received = b""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(PATIENCE_SECONDS)
        line.connect(str(door))
        line.sendall(data)
        with suppress(TimeoutError):
            while part := line.recv(65536):
                received += part
    return received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
