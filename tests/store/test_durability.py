"""`kill -9` at any moment loses nothing that was answered and leaves no half of a mutation."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.support.dose import dose
from tests.support.killing import output_until_killed
from tests.support.store import ENGINES, Store
from tests.support.tables import Box, Item
from tests.support.writer import HALVES

KILLS = dose(5, 50)
MAX_LINES = 300


def numbers(store: Store, half: str) -> Counter[int]:
    """Return how often each number is there."""
    return Counter(item.size for item in store.read(lambda db: db.scan(Item, "by_owner", half)))


@pytest.mark.parametrize("engine", ENGINES)
def test_no_acknowledged_mutation_is_lost_and_none_is_torn(engine: str, tmp_path: Path) -> None:
    moments = random.Random(7)
    acknowledged: list[int] = []
    for _ in range(KILLS):
        acknowledged += map(int, output_until_killed("writer", engine, tmp_path, moments.randint(1, MAX_LINES)))
    store = Store(ENGINES[engine], tmp_path)
    try:
        left, right = (numbers(store, half) for half in HALVES)
        boxes = store.everything(Box)
        log = store.commits()
    finally:
        store.close()
    assert len(acknowledged) >= KILLS
    assert left == right
    assert set(left.values()) == {1}
    assert set(acknowledged) <= set(left)
    assert [box.count for box in boxes] == [len(left)]
    assert [commit.seq for commit in log] == list(range(1, len(left) + 1))
