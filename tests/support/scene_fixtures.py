"""Fixtures of the tests about meetings."""

import pytest

from .backend import Backend
from .scene import Scene


@pytest.fixture
def scene(backend: Backend) -> Scene:
    """A scheduled meeting with a host, a guest and a watcher, and an outsider."""
    return Scene(backend)
