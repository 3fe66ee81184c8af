"""Fixtures of the tests about the operators' console."""

from tests.support.scene_fixtures import scene as scene
