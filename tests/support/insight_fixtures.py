"""Fixtures of the tests about insights."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.settings import InsightSettings

from .backend import Backend
from .insights import Conversation
from .store import ENGINES

# Jobs run between calls here, so a call would wait without success.
IMPATIENT: dict[str, Any] = {"insights": InsightSettings(wait_seconds=0)}


@pytest.fixture
def conversation(make_backend: Callable[..., Backend]) -> Conversation:
    """An active meeting in which enough was said for a report."""
    return Conversation(make_backend(**IMPATIENT))


@pytest.fixture(params=ENGINES)
def each_conversation(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Conversation:
    """The same on every database."""
    return Conversation(make_backend(ENGINES[request.param], **IMPATIENT))
