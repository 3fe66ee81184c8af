"""The store on every engine: a test that takes `store` runs once per engine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from connvo.settings import LimitSettings, StoreSettings
from tests.support.store import ENGINES, MakeEngine, Store

MakeStore: TypeAlias = Callable[..., Store]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> MakeEngine:
    """Makes engines of one kind."""
    return ENGINES[request.param]


@pytest.fixture
def make_store(engine: MakeEngine, tmp_path: Path) -> Iterator[MakeStore]:
    """Makes stores, each on its own database; `limits` and `settings` are fields of those sections."""
    made: list[Store] = []

    def make(limits: dict[str, Any] | None = None, settings: dict[str, Any] | None = None) -> Store:
        folder = tmp_path / f"data-{len(made)}"
        made.append(Store(engine, folder, LimitSettings(**limits or {}), StoreSettings(**settings or {})))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    """A store with default settings."""
    return make_store()
