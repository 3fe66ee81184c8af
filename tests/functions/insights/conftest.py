"""Fixtures of the tests about insights."""

from tests.support.insight_fixtures import conversation as conversation
from tests.support.insight_fixtures import each_conversation as each_conversation
