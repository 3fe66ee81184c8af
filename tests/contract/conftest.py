"""Fixtures of the contract tests."""

from collections.abc import Iterator

import pytest

from tests.support.live import LiveServer, serving


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server, for all tests of this process."""
    with serving(tmp_path_factory.mktemp("live") / "data") as server:
        yield server
