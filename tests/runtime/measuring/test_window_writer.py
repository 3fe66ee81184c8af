"""A node loses no minute that it counted while the database was away, and writes the rest when it stops."""

import asyncio
from typing import Any

import pytest

from connvo.runtime.measuring.tables import MetricWindow
from connvo.runtime.services import Runtime
from connvo.store.engine import StoreUnavailable
from tests.support.backend import Backend

PATH = "users/queries:getCurrentUser"


def count(node: Runtime, times: int) -> None:
    for _ in range(times):
        node.node.recorder.began(PATH, "ann", 1)
        node.node.recorder.ended(PATH, 0.001, None, "id")


def written(backend: Backend) -> list[int]:
    """Return the calls in each row that has some, by time."""
    rows = backend.read(lambda db: db.scan(MetricWindow, "by_span", "minute"))
    return [row.functions[PATH].count for row in rows if PATH in row.functions]


def test_minutes_wait_for_a_database_that_cannot_be_written(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    node = backend.runtime
    backend.run(node.measurements.write())

    async def away(*_: Any) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(node.engine, "write", away)
        for times in (1, 2, 3):
            count(node, times)
            backend.now_ns += 60 * 10**9
            with pytest.raises(StoreUnavailable):
                backend.run(node.measurements.write())
    count(node, 4)
    backend.run(node.measurements.write())
    assert written(backend) == [1, 2, 3, 4]
    backend.run(node.measurements.write())
    assert written(backend) == [1, 2, 3, 4]


def test_a_normal_stop_loses_nothing(backend: Backend) -> None:
    node = backend.add_node()

    async def live() -> None:
        node.measurements.start()
        await asyncio.sleep(0)
        count(node, 5)
        await node.measurements.stop()

    backend.run(live())
    assert written(backend) == [5]


def test_each_node_has_rows_of_its_own(backend: Backend) -> None:
    nodes = [backend.runtime, backend.add_node()]
    for times, node in enumerate(nodes, start=1):
        count(node, times)
        backend.run(node.measurements.write())
    assert sorted(written(backend)) == [1, 2]
