"""Fixtures of the tests about transcripts."""

from collections.abc import Callable

import pytest

from .backend import Backend
from .speech import Talk
from .store import ENGINES


@pytest.fixture
def talk(backend: Backend) -> Talk:
    """An active meeting whose host and guest are in."""
    return Talk(backend)


@pytest.fixture(params=ENGINES)
def each_talk(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Talk:
    """The same on every database."""
    return Talk(make_backend(ENGINES[request.param]))
