"""`make unit` starts nothing but Python: a test that needs more is skipped, and the report names what it needs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.protocol.serving import node
from tests.support import net, outside
from tests.support.caddy import balancing
from tests.support.chromium import chromium
from tests.support.coturn import Coturn, Ports
from tests.support.firefox import firefox
from tests.support.janus import JanusServer
from tests.support.killing import output_until_killed
from tests.support.postgres import PostgresServer

STARTS: dict[str, Callable[[Path], object]] = {
    "PostgreSQL": PostgresServer,
    "processes": lambda folder: output_until_killed("writer", "sqlite", folder, 1),
    "coturn": lambda folder: Coturn("127.0.0.1", Ports(1, 2, 3, 4), "secret").start(),
    "Janus": lambda folder: JanusServer(folder).start(),
    "Chromium": lambda folder: chromium(),
    "Firefox": lambda folder: firefox(),
    "Caddy": lambda folder: balancing(folder).__enter__(),
    "Node.js": lambda folder: node("http.mjs"),
    "root": lambda folder: net.Network(),
}


@pytest.mark.parametrize("program", STARTS)
def test_a_test_that_needs_more_than_python_is_skipped(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(outside.VARIABLE, outside.NONE)
    with pytest.raises(pytest.skip.Exception, match=f"needs {program}"):
        STARTS[program](tmp_path)


def test_nothing_is_skipped_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(outside.VARIABLE, raising=False)
    outside.needs("PostgreSQL")
