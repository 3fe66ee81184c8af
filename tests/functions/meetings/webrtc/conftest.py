"""Fixtures of the tests about calls."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.backend import Backend

from .call import Call


@pytest.fixture
def call(backend: Backend) -> Call:
    """A running call with default settings."""
    return Call(backend)


@pytest.fixture
def make_call(make_backend: Callable[..., Backend]) -> Callable[..., Call]:
    """Makes running calls with sections of settings of one's own."""

    def make(**sections: Any) -> Call:
        return Call(make_backend(**sections))

    return make
