"""Fixtures of the tests about the storage of notes."""

from collections.abc import Callable

import pytest

from connvo.settings import NoteSettings
from tests.support.backend import Backend
from tests.support.notes.scene import NoteScene
from tests.support.scene import Scene
from tests.support.store import ENGINES


@pytest.fixture(params=ENGINES)
def notes(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> NoteScene:
    """Empty notes on each database, without a limit of their rate."""
    unlimited = NoteSettings(burst=1_000_000)
    return NoteScene(Scene(make_backend(ENGINES[request.param], notes=unlimited)))
