"""Fixtures of the tests about transcripts."""

from tests.support.scene_fixtures import scene as scene
from tests.support.speech_fixtures import each_talk as each_talk
from tests.support.speech_fixtures import talk as talk
