"""What came of a call holds its answer, and nothing of what was sent."""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.support.backend import Backend, Caller

MEGABYTE = 2**20
CALLS = 20


@pytest.fixture
def without_collector() -> Iterator[None]:
    """Nothing looks for cycles meanwhile, and memory is counted."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    yield
    tracemalloc.stop()
    gc.enable()


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("code", ["VALIDATION_ERROR", "UNAUTHORIZED"])
def test_a_refused_call_leaves_nothing_of_its_arguments(backend: Backend, code: str) -> None:
    caller = backend.sign_in("ann") if code == "VALIDATION_ERROR" else Caller(backend, None)

    def refused() -> None:
        caller.fails("meetings/lifecycle:createMeeting", code, title="x" * (MEGABYTE // 2))

    refused()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(CALLS):
        refused()
    after, _ = tracemalloc.get_traced_memory()
    assert after - before < MEGABYTE
