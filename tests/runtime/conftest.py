"""The runtime on every engine, with the sample API."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connvo.settings import Settings
from tests.support.host import Host
from tests.support.store import ENGINES

from .sample._jobs import LISTENED, RUNG


@pytest.fixture(params=ENGINES)
def make_host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Host]]:
    """Makes hosts with sections of settings of one's own; each on its own database."""
    made: list[Host] = []
    RUNG.clear()
    LISTENED.clear()

    def make(**sections: Any) -> Host:
        made.append(Host(ENGINES[request.param], tmp_path / f"data-{len(made)}", Settings(**sections)))
        return made[-1]

    yield make
    for host in made:
        host.close()


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    """A host with default settings."""
    return make_host()
