"""Fixtures of the tests about calls."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connvo.settings import IceSettings

from .backend import Backend
from .call import Call
from .janus import JanusServer
from .store import MakeEngine, sqlite

RELAY = IceSettings(turn_urls="turn:turn.example.org:3478", turn_secret="secret")


@pytest.fixture
def call(backend: Backend) -> Call:
    """A running call with default settings."""
    return Call(backend)


@pytest.fixture
def make_call(make_backend: Callable[..., Backend]) -> Callable[..., Call]:
    """Makes running calls with sections of settings of one's own."""

    def make(make_engine: MakeEngine = sqlite, **sections: Any) -> Call:
        return Call(make_backend(make_engine, **sections))

    return make


@pytest.fixture(scope="session")
def shared_janus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JanusServer]:
    """A Janus for all tests of this process."""
    with JanusServer(tmp_path_factory.mktemp("janus")) as janus:
        yield janus


@pytest.fixture
def janus(shared_janus: JanusServer) -> Iterator[JanusServer]:
    """A Janus that is running when a test begins, whatever the one before has done to it."""
    yield shared_janus
    shared_janus.thaw()
    shared_janus.start()


@pytest.fixture
def served(make_call: Callable[..., Call], janus: JanusServer) -> Call:
    """A running call on the mesh, where there are a relay and a Janus, too."""
    return make_call(janus=janus.settings, ice=RELAY)
