"""Fixtures of the tests about prompts."""

from collections.abc import Callable

import pytest

from tests.support.backend import Backend
from tests.support.llm_fixtures import llm as llm
from tests.support.llm_fixtures import llm_server as llm_server
from tests.support.prompts import Hinted
from tests.support.store import ENGINES


@pytest.fixture
def call(backend: Backend) -> Hinted:
    """A call of a host and a guest who are both heard."""
    return Hinted(backend)


@pytest.fixture(params=ENGINES)
def each_call(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Hinted:
    """The same on every database."""
    return Hinted(make_backend(ENGINES[request.param]))
