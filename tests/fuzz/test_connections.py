"""Heads of requests and frames of sockets, with one part of each changed, at a running server: it stays as it was."""

from collections.abc import Iterator

import pytest
from hypothesis import given

from tests.hostile.servers import Servers, running
from tests.hostile.wire import CUT, OPEN, Wire, frame, hello, message, watching

from .mutations import Noise, made, tries

FAILED = "1011"
METHODS = ("GET", "POST", "OPTIONS", "get", "A" * 300, "\x00", "G ET", "")
TARGETS = ("/livez", "/api/query", "*", "http://x/livez", "//", "/%", "/?" + "a" * 3000, "\x7f", "/\u00ff", "")
VERSIONS = ("HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2", "http/1.1", "HTTP/1.1 ", "")
NAMES = (
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Expect",
    "Upgrade",
    "Content-Type",
    " X",
    "",
    "\x01",
)
VALUES = (
    "x",
    "0",
    "5",
    "-1",
    "chunked",
    "gzip, chunked",
    "close",
    "upgrade",
    "websocket",
    "100-continue",
    "\x00",
    "a" * 9000,
)
ENDS = ("\r\n", "\r\n", "\r\n", "\n", "\r", "\r\n ")
OPCODES = (0x0, 0x1, 0x2, 0x8, 0x9, 0xA, 0x3, 0xF)
FLAGS = (0x80, 0x80, 0x80, 0x00, 0xC0, 0xF0)
CATALOGUE = "interests/queries:listCatalog"
MESSAGES = (
    {"type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1, "modifications": []},
    {"type": "Mutation", "requestId": 0, "udfPath": CATALOGUE, "args": [{}]},
    {"type": "Action", "requestId": 1, "udfPath": CATALOGUE, "args": [{"limit": 5}]},
    {"type": "Authenticate", "baseVersion": 0, "tokenType": "None"},
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running(tmp_path_factory.mktemp("fuzz"), False) as started:
        yield started


@pytest.fixture(scope="module")
def wire(servers: Servers) -> Iterator[Wire]:
    """The server's address; nothing that came to it was a fault of its own."""
    dialled = Wire(servers.url, None)
    yield dialled
    assert servers.alive
    assert dialled.http("GET", "/livez").status == 200
    assert "Traceback" not in servers.log()


def _head(noise: Noise) -> bytes:
    lines = [
        " ".join((noise.one(METHODS[:3] * 4 + METHODS), noise.one(TARGETS), noise.one(VERSIONS[:2] * 4 + VERSIONS)))
    ]
    lines += [f"{noise.one(NAMES)}:{noise.one((' ', ''))}{noise.one(VALUES)}" for _ in range(noise.number(5))]
    head = "".join(line + noise.one(ENDS) for line in lines).encode("latin-1", "replace") + b"\r\n"
    return noise.damaged(head) + noise.data(40)


@tries(120)
@given(head=made(_head))
def test_heads(wire: Wire, head: bytes) -> None:
    wire.raw(head, ends=True)


def _frames(noise: Noise) -> list[bytes]:
    found = [hello()] if noise.number(3) else []
    for _ in range(noise.number(5)):
        payload = noise.one((noise.data(200), noise.message(MESSAGES), noise.message(MESSAGES)))
        one = frame(payload, noise.one((1, 1, 1, *OPCODES)), noise.one(FLAGS))
        found.append(noise.damaged(one) if noise.number(9) == 0 else one)
    return found


@tries(80)
@given(frames=made(_frames))
def test_frames(wire: Wire, frames: list[bytes]) -> None:
    heard = wire.frames(frames, ends=True)
    assert heard.state != FAILED


def test_after_all_that_a_client_is_served(wire: Wire) -> None:
    heard = wire.frames([hello(), watching(CATALOGUE), message("Later")], wait=False)
    assert heard.state in (OPEN, CUT)
    assert heard.of("Transition")
