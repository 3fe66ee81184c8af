"""Fixtures of the tests of what functions do inside a transaction."""

from tests.support.call_fixtures import call as call
from tests.support.call_fixtures import janus as janus
from tests.support.call_fixtures import make_call as make_call
from tests.support.call_fixtures import served as served
from tests.support.call_fixtures import shared_janus as shared_janus
from tests.support.feed_guard import feed_guard as feed_guard
from tests.support.hall_fixtures import double as double
from tests.support.hall_fixtures import hall as hall
from tests.support.scene_fixtures import scene as scene
