"""No client writes into the log, and none fills it."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from connvo.telemetry.log_lines import (
    ELLIPSIS,
    MAX_FIELDS,
    MAX_KEYS,
    MAX_VALUE_CHARS,
    NEVER_SUPPRESSED,
    WINDOW_SECONDS,
    LineBudget,
    clean_fields,
    clean_text,
    without_quotes,
)
from tests.support.live import PATIENCE_SECONDS, LiveServer, serving

EVIL = "a\nlevel=error event=forged\r\x1b[2J\x00\u2028\u2029\u202egnp\u2066\u200b\ud800\x85é"
LIMIT = 3

PROGRAM = """
import logging, structlog
from connvo.telemetry.logging import configure_logging
configure_logging("info", {form!r}, 100)
evil = {evil}
structlog.get_logger().warning("told", text=evil, many=[evil] * 100, **{{f"field{{n}}": n for n in range(100)}})
logging.getLogger("uvicorn.error").warning("refused %s", evil)
logging.getLogger("other").warning("said %s", evil)
async def fail(word):
    raise ValueError(word)
import asyncio, gc
async def main():
    task = asyncio.ensure_future(fail("secret-word"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    asyncio.get_running_loop().call_soon(int, "secret-word")
    await asyncio.sleep(0.01)
asyncio.run(main())
"""


def written(form: str) -> list[str]:
    program = PROGRAM.format(form=form, evil=ascii(EVIL))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=PATIENCE_SECONDS)
    return done.stderr.decode().splitlines()


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_ends_a_line_or_moves_a_cursor(form: str) -> None:
    lines = written(form)
    assert len(lines) == 5
    assert all(line.isprintable() for line in lines)
    assert not any("secret-word" in line for line in lines), "errors are told by type and place"
    assert "gnp" not in lines[1], "what a network library quotes is left out"


def test_machines_read_clean_values() -> None:
    told = json.loads(written("json")[0])
    assert told["text"] == r"a\nlevel=error event=forged\r\x1b[2J\x00\u2028\u2029\u202egnp\u2066\u200b\ud800\x85é"
    assert len(told["many"]) == MAX_VALUE_CHARS
    assert told["fields_left_out"] > 0
    assert len(told) == MAX_FIELDS + 1


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("plain", "plain"),
        ("Grüße, 世界", "Grüße, 世界"),
        ("a\tb", r"a\tb"),
        ("x" * MAX_VALUE_CHARS, "x" * MAX_VALUE_CHARS),
        ("x" * (MAX_VALUE_CHARS + 1), "x" * (MAX_VALUE_CHARS - 1) + ELLIPSIS),
        ("", ""),
    ],
)
def test_texts_are_escaped_and_cut(given: str, cleaned: str) -> None:
    assert clean_text(given) == cleaned


def test_values_keep_their_type_and_all_others_become_text() -> None:
    event: dict[str, Any] = {"a": 1, "b": 1.5, "c": True, "d": None, "e": b"\n", "f": {"g": "\n"}}
    assert clean_fields(None, "", event) == {"a": 1, "b": 1.5, "c": True, "d": None, "e": r"b'\n'", "f": r"{'g': '\n'}"}


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def record(event: str, level: int = logging.WARNING, **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord("connvo", level, "", 0, {"event": event, **fields}, (), None)
    return made


def test_the_first_lines_pass_and_the_rest_are_counted() -> None:
    clock = Clock()
    budget = LineBudget(LIMIT, clock)
    assert [budget.filter(record("seen")) for _ in range(10)] == [True] * LIMIT + [False] * 7
    assert budget.filter(record("seen", code="OTHER")), "another code is another kind"
    assert budget.suppressed() == {"seen": 7}
    clock.now += WINDOW_SECONDS
    following = record("seen")
    assert budget.filter(following)
    assert following.__dict__["suppressed"] == 7
    last = record("seen")
    assert budget.filter(last) and "suppressed" not in last.__dict__


def test_alarms_and_requested_lines_always_pass() -> None:
    budget = LineBudget(1, Clock())
    for event in NEVER_SUPPRESSED:
        assert all(budget.filter(record(event)) for _ in range(5))
    assert all(budget.filter(record("replied", logging.DEBUG)) for _ in range(5))


def test_faults_of_one_function_do_not_hide_those_of_another() -> None:
    budget = LineBudget(1, Clock())
    assert budget.filter(record("function_failed", logging.ERROR, function="a:b", error="KeyError"))
    assert not budget.filter(record("function_failed", logging.ERROR, function="a:b", error="KeyError"))
    assert budget.filter(record("function_failed", logging.ERROR, function="c:d", error="KeyError"))


def test_kinds_are_bounded() -> None:
    budget = LineBudget(1, Clock())
    passed = sum(budget.filter(record(f"event{number}")) for number in range(3 * MAX_KEYS))
    assert passed == MAX_KEYS + 1
    assert len(budget.suppressed()) == MAX_KEYS + 1


def test_a_library_is_counted_by_its_template() -> None:
    budget = LineBudget(1, Clock())

    def foreign(argument: str) -> logging.LogRecord:
        return logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, "refused %s", (argument,), None)

    assert [budget.filter(foreign(str(number))) for number in range(3)] == [True, False, False]
    assert without_quotes(foreign("words")).getMessage() == "refused %s"


# What strangers send, each of them often; a server that wrote a line for each would write 800.
TRIES = 100
LINES_A_MINUTE = 5
MAX_LINES = 60


def refused(server: LiveServer, path: str, body: bytes | None = None, **headers: str) -> None:
    request = Request(server.url + path, body, {"Content-Type": "application/json", **headers})
    with suppress(HTTPError):
        urlopen(request, timeout=PATIENCE_SECONDS).close()


def raw(server: LiveServer, sent: bytes) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), PATIENCE_SECONDS) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while line.recv(65536):
                pass


UPGRADE = (
    b"GET /api/sync HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MASKED_PING = b"\xff\xff\xff\xff\xff\xff"
WORD = "hunter2"


def flood(server: LiveServer, number: int) -> None:
    call = json.dumps({"path": f"{WORD}:{number}", "args": {}, "format": "json"}).encode()
    refused(server, "/api/query", call)
    refused(server, "/api/run/meetings/lifecycle/createMeeting", b'{"args": {"title": "t"}}')
    refused(server, "/api/mutation", b"{" + WORD.encode())
    refused(server, "/api/query", call, Authorization=f"Bearer {WORD}{number}.e30.x")
    refused(server, "/webhooks/getstream", b"{}")
    raw(server, f"{WORD} {number}\x1b[2J\r\n\r\n".encode())
    raw(server, UPGRADE.replace(b"13", b"99"))
    raw(server, UPGRADE + MASKED_PING)


def test_a_flood_of_bad_requests_writes_few_lines(tmp_path: Path) -> None:
    async def floods(server: LiveServer) -> None:
        await asyncio.gather(*(asyncio.to_thread(flood, server, number) for number in range(TRIES)))

    with serving(tmp_path / "data", CONNVO_LOG_LINES_A_MINUTE=str(LINES_A_MINUTE)) as server:
        asyncio.run(floods(server))
        with urlopen(f"{server.url}/metrics", timeout=PATIENCE_SECONDS) as reply:
            figures = reply.read().decode()
    lines = (tmp_path / "data.log").read_text("utf-8").splitlines()
    assert 0 < len(lines) <= MAX_LINES
    assert not any(WORD in line for line in lines)
    suppressed = [line for line in figures.splitlines() if line.startswith("connvo_log_lines_suppressed_total{")]
    assert suppressed, "the figures say how many there were"
