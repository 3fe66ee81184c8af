"""`connvo serve` loads only what a start needs."""

import sys
from pathlib import Path

from tests.support.command import run, serving

# What a start does not need, and whatever of it a call needs is loaded then. Each takes a millisecond or many of them.
NOT_AT_A_START = {
    "cryptography", "dateparser", "httpx2", "jwt", "numpy", "openai", "psycopg", "rich", "snowballstemmer",
    "starlette", "stopwordsiso",
    "connvo.demo", "connvo.doctor", "connvo.maintenance", "connvo.runtime.openapi",
    "connvo.bus.postgres", "connvo.store.postgres", "connvo.providers.rooms.getstream", "connvo.providers.rooms.janus",
    "connvo.rules.insights.improving", "connvo.rules.insights.languages", "connvo.rules.insights.minutes",
    "connvo.rules.insights.wordings", "connvo.rules.prompts.suggestions",
}  # fmt: skip
# Runs the command line; at its end it writes the names of all modules that were loaded.
LISTING = """
import atexit, sys
from connvo.cli import main
atexit.register(lambda: print("modules", *sys.modules))
main()
"""


def test_a_start_loads_nothing_that_only_some_servers_or_calls_need(tmp_path: Path) -> None:
    modules_after_a_start(tmp_path)  # the first start makes a key, which needs cryptography
    loaded = modules_after_a_start(tmp_path)
    assert {"connvo.app", "connvo.functions.meetings.chat", "connvo.model.insights.pipeline"} <= loaded
    assert loaded & NOT_AT_A_START == set()


def test_a_token_is_made_without_loading_the_server(tmp_path: Path) -> None:
    minted = run("token", "alice", "--data", str(tmp_path), program=[sys.executable, "-c", LISTING])
    loaded = modules_of(minted.stdout)
    assert "connvo.transport.auth.local_issuer" in loaded
    assert loaded & {"connvo.app", "httpx2", "starlette", "uvicorn"} == set()


def modules_of(told: str) -> set[str]:
    """Return the modules that a program told at its end."""
    return set(told.rpartition("modules ")[2].split())


def modules_after_a_start(folder: Path) -> set[str]:
    """Return the modules that a server on this folder has loaded when it stops."""
    program = [sys.executable, "-c", LISTING]
    with serving("--port", "0", "--data", str(folder / "data"), program=program) as served:
        told, _ = served.stop()
    return modules_of(told)
