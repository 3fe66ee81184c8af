"""Fixtures of the tests about insights."""

from tests.support.insight_fixtures import conversation as conversation
from tests.support.insight_fixtures import each_conversation as each_conversation
from tests.support.llm_fixtures import llm as llm
from tests.support.llm_fixtures import llm_server as llm_server
