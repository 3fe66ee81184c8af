"""Fixtures of the tests about notes."""

from collections.abc import Callable

import pytest

from tests.support.backend import Backend
from tests.support.notes.scene import NoteScene
from tests.support.scene import Scene
from tests.support.scene_fixtures import scene as scene
from tests.support.store import ENGINES


@pytest.fixture
def notes(scene: Scene) -> NoteScene:
    """Empty notes of a scheduled meeting."""
    return NoteScene(scene)


@pytest.fixture(params=ENGINES)
def stored_notes(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> NoteScene:
    """The same on each database."""
    return NoteScene(Scene(make_backend(ENGINES[request.param])))
