"""Servers to attack, and a look at them after each group of tries.

Every try is made at one server on SQLite. Some of them, with `HOSTILE=all` in the environment all of them, are made at
two nodes on PostgreSQL behind the balancer of the compose file as well.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from .scene import Scene
from .servers import running

SQLITE, NODES = "sqlite", "nodes"
COMPLETE = os.environ.get("HOSTILE") == "all"
# Of the tries of one test, every so many is made at the nodes, too.
EVERY = 12
FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out most tries at the nodes."""
    counts: Counter[str] = Counter()
    left_out = []
    for item in items:
        if item.path.parent != FOLDER or not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
            continue
        if item.callspec.params.get("scene") != NODES:
            continue
        name = f"{item.path.name}:{item.originalname}"
        if counts[name] % EVERY and not COMPLETE:
            left_out.append(item)
        counts[name] += 1
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        kept = set(map(id, left_out))
        items[:] = [item for item in items if id(item) not in kept]


@pytest.fixture(scope="session", params=[SQLITE, NODES])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A meeting on running servers, for all tests of this process."""
    with running(tmp_path_factory.mktemp("hostile"), request.param == NODES) as servers:
        yield Scene(servers)


@pytest.fixture(scope="module", autouse=True)
def unharmed(scene: Scene) -> Iterator[None]:
    """Look at the servers and at what belongs to the victims, before and after a group of tries."""
    before = scene.picture()
    yield
    scene.check(before)
