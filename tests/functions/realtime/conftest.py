"""Fixtures of the tests about live results."""

import pytest

from tests.support.notes.scene import NoteScene
from tests.support.scene import Scene
from tests.support.scene_fixtures import scene as scene
from tests.support.speech_fixtures import each_talk as each_talk
from tests.support.speech_fixtures import talk as talk


@pytest.fixture
def notes(scene: Scene) -> NoteScene:
    """Empty notes of a scheduled meeting."""
    return NoteScene(scene)
