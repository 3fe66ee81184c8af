"""A sample server for every module that wants one, and its own for those who are rough with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import database_of
from tests.support.store import ENGINES

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


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest, make_server: Callable[..., SampleServer], tmp_path: Path) -> SampleServer:
    """A server with default settings, on every database."""
    return make_server(CONNVO_DATABASE_URL=database_of(tmp_path) if request.param == "postgres" else "")
