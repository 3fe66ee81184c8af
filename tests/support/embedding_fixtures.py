"""Fixtures of the tests about vectors and search."""

from collections.abc import Callable

import pytest

from .backend import Backend
from .search_scene import Library
from .store import ENGINES


@pytest.fixture
def library(backend: Backend) -> Library:
    """A meeting in which something was said and written."""
    return Library(backend)


@pytest.fixture(params=ENGINES)
def each_library(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Library:
    """The same on every database."""
    return Library(make_backend(ENGINES[request.param]))
