"""Fixtures of the sync tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.sync_house import SyncHarness


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[..., SyncHarness]]:
    """Makes houses with sections of settings of one's own."""
    made: list[SyncHarness] = []

    def make(**sections: Any) -> SyncHarness:
        house = SyncHarness(tmp_path / f"house-{len(made)}", **sections)
        made.append(house)
        return house

    yield make
    for house in made:
        house.close()


@pytest.fixture
def house(make_house: Callable[..., SyncHarness]) -> SyncHarness:
    """A house with default settings."""
    return make_house()
