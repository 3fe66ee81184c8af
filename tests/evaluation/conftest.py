"""The scripted language model."""

from tests.support.llm_fixtures import llm, llm_server

__all__ = ["llm", "llm_server"]
