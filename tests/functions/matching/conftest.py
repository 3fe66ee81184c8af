"""Fixtures of the tests about matching."""

from collections.abc import Callable

import pytest

from tests.support.backend import Backend
from tests.support.matching import Pool
from tests.support.store import ENGINES


@pytest.fixture
def pool(backend: Backend) -> Pool:
    """People who can meet."""
    return Pool(backend)


@pytest.fixture(params=ENGINES)
def each_pool(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Pool:
    """People who can meet, on each database."""
    return Pool(make_backend(ENGINES[request.param]))
