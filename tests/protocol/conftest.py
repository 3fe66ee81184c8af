"""A sample server for every module that wants one, and its own for those who are rough with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .serving import SampleServer


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., SampleServer]]:
    """Makes servers with settings of one's own, started."""
    made: list[SampleServer] = []

    def make(**environment: str) -> SampleServer:
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        made.append(SampleServer(folder, **environment))
        made[-1].start()
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def server(make_server: Callable[..., SampleServer]) -> SampleServer:
    """A server with default settings."""
    return make_server()
