"""Fixtures of the tests about rooms at a provider."""

from collections.abc import Callable, Iterator

import pytest

from connvo.settings import GetStreamSettings

from .backend import Backend
from .getstream_double import KEY, SECRET, GetStreamDouble, getstream_double
from .hall import Hall


@pytest.fixture
def double() -> Iterator[GetStreamDouble]:
    """A stand-in for GetStream."""
    with getstream_double() as running:
        yield running


@pytest.fixture
def hall(double: GetStreamDouble, make_backend: Callable[..., Backend]) -> Hall:
    """An active meeting at that GetStream, which everybody has joined who may."""
    settings = GetStreamSettings(api_key=KEY, api_secret=SECRET, base_url=double.url, timeout_seconds=1.5)
    return Hall(make_backend(getstream=settings), double)
