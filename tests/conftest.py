"""Fixtures that every test may use."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connvo.settings import Settings

from .support.backend import Backend


@pytest.fixture
def make_backend(tmp_path: Path) -> Iterator[Callable[..., Backend]]:
    """Makes backends with sections of settings of one's own; each on its own database."""
    made: list[Backend] = []

    def make(**sections: Any) -> Backend:
        backend = Backend(tmp_path / f"data-{len(made)}", Settings(**sections))
        made.append(backend)
        return backend

    yield make
    for backend in made:
        backend.close()


@pytest.fixture
def backend(make_backend: Callable[..., Backend]) -> Backend:
    """A backend with default settings."""
    return make_backend()
