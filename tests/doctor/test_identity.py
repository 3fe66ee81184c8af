"""An issuer that is away, whose keys are of no use or whose clock differs is told before people cannot sign in."""

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from connvo.doctor.identity import NTP_EPOCH, clock_finding, keys_finding
from connvo.doctor.report import Finding
from connvo.settings import IdentitySettings
from connvo.transport.auth.local_issuer import LocalIssuer
from tests.support.coturn import free_ports


@contextmanager
def issuer(keys: list[dict[str, Any]] | None = None, ahead: float = 0.0, named: str | None = None) -> Iterator[str]:
    """Serve an issuer's documents, by a clock that is `ahead`; give its address."""
    jwks = LocalIssuer(ec.generate_private_key(ec.SECP256R1())).jwks()["keys"] if keys is None else keys

    class Documents(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            about = {"issuer": named or url, "jwks_uri": f"{url}/keys"}
            body = json.dumps({"keys": jwks} if self.path == "/keys" else about).encode()
            self.send_response_only(200)
            self.send_header("Date", formatdate(time.time() + ahead, usegmt=True))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with HTTPServer(("127.0.0.1", 0), Documents) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield url
        finally:
            server.shutdown()
            serving.join()


def settings(url: str, **more: Any) -> IdentitySettings:
    return IdentitySettings(issuer=url, audience="connvo", **more)


def keys(identity: IdentitySettings) -> Finding:
    return asyncio.run(keys_finding(identity))


def test_an_issuer_that_works_is_said_to() -> None:
    with issuer() as url:
        found = keys(settings(url))
        assert keys(settings(url, jwks_url=f"{url}/keys")).state == "ok"
    assert (found.state, found.says) == ("ok", "1 for ES256")


def test_keys_of_no_use_are_told() -> None:
    with issuer() as url:
        found = keys(settings(url, algorithms="RS256"))
    assert (found.state, "CONNVO_AUTH_ALGORITHMS" in found.advice) == ("failed", True), found
    with issuer(keys=[]) as url:
        assert keys(settings(url)).state == "failed"


def test_a_document_of_another_issuer_is_told() -> None:
    with issuer(named="https://other.example") as url:
        found = keys(settings(url))
    assert (found.state, "set CONNVO_AUTH_ISSUER to" in found.advice) == ("failed", True), found


def test_an_issuer_that_is_away_is_told() -> None:
    found = keys(settings(f"http://127.0.0.1:{free_ports().plain}"))
    assert (found.state, "CONNVO_AUTH_ISSUER" in found.advice) == ("failed", True), found


def test_without_an_issuer_nothing_is_asked() -> None:
    assert keys(IdentitySettings()).state == "skipped"
    assert asyncio.run(clock_finding(IdentitySettings(), None)).state == "skipped"


@pytest.mark.parametrize(("ahead", "state"), [(0.0, "ok"), (4.5, "warning"), (90.0, "failed"), (-90.0, "failed")])
def test_a_clock_that_differs_from_the_issuers_is_told(ahead: float, state: str) -> None:
    with issuer(ahead=ahead) as url:
        found = asyncio.run(clock_finding(settings(url), None))
    assert found.state == state, found
    if state == "failed":
        assert "ahead of" in found.says if ahead < 0 else "behind" in found.says
        assert "timedatectl" in found.advice


@pytest.mark.parametrize(("ahead", "state"), [(0.0, "ok"), (30.0, "warning"), (90.0, "failed")])
def test_a_clock_that_differs_from_an_ntp_servers_is_told(ahead: float, state: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        answering = threading.Thread(target=answer, args=(server, ahead))
        answering.start()
        found = asyncio.run(clock_finding(IdentitySettings(), f"127.0.0.1:{server.getsockname()[1]}"))
        answering.join()
    assert found.state == state, found


def answer(server: socket.socket, ahead: float) -> None:
    """Answer one question as an NTP server does."""
    asked, asker = server.recvfrom(512)
    now = struct.pack(">II", int(time.time() + ahead) + NTP_EPOCH, int((time.time() + ahead) % 1 * 2**32))
    server.sendto(b"\x24\x01" + bytes(22) + asked[40:48] + now + now, asker)
