"""The scripted language model as a fixture: a process of its own, ended with the test session."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connvo.settings import AiSettings

from .llm_double import KEY, MODEL

ROOT = Path(__file__).parents[2]


class LlmDouble:
    """The running server, as a test sees it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._control = url.removesuffix("/v1") + "/control"

    def play(self, *plays: dict[str, Any], refuses: tuple[str, ...] = ()) -> None:
        """Sets the next answers, the last of which is repeated, and forgets the requests so far."""
        body = json.dumps({"plays": plays or [{}], "refuses": refuses}).encode()
        urllib.request.urlopen(urllib.request.Request(self._control, body)).close()

    def seen(self) -> dict[str, Any]:
        """Returns the requests since then, the tokens that they cost, and the bytes that were sent."""
        with urllib.request.urlopen(self._control) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def bodies(self) -> list[dict[str, Any]]:
        """Returns the bodies of the requests."""
        return [one["body"] for one in self.seen()["requests"]]

    def settings(self, **more: Any) -> AiSettings:
        """Returns settings that lead here, with short time limits."""
        given = {"url": self.url, "model": MODEL, "key": KEY, "first_token_seconds": 5, "idle_seconds": 5}
        return AiSettings(**{**given, "call_seconds": 10, **more})


@contextmanager
def llm_double() -> Iterator[LlmDouble]:
    """Runs the server in a process of its own."""
    command = [sys.executable, "-m", "tests.support.llm_double"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield LlmDouble(process.stdout.readline().strip())
        finally:
            process.kill()


@pytest.fixture(scope="session")
def llm_server() -> Iterator[LlmDouble]:
    """The server of a session."""
    with llm_double() as running:
        yield running


@pytest.fixture
def llm(llm_server: LlmDouble) -> LlmDouble:
    """The server, which answers as it should until told otherwise."""
    llm_server.play()
    return llm_server
