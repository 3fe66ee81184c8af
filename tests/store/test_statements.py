"""Rows that are written together are all written, once and in their order."""

from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connvo.store.statements import MAX_VALUES, BatchStatement
from connvo.store.transaction import Transaction
from tests.support.store import Store
from tests.support.tables import Item

INSERT = BatchStatement("INSERT (?)", "INSERT ", "(?)", " END")
MANY = 2 * MAX_VALUES + 7


@given(st.integers(0, 5 * MAX_VALUES), st.integers(1, 2 * MAX_VALUES))
def test_parts_hold_every_row_once_and_are_of_few_sizes(count: int, columns: int) -> None:
    parts = list(INSERT.parts([(number,) * columns for number in range(count)]))
    assert [value for _, values in parts for value in values[::columns]] == list(range(count))
    sizes = [len(values) // columns for _, values in parts]
    for size, (sql, values) in zip(sizes, parts, strict=True):
        assert sql == ("INSERT (?)" if size == 1 else f"INSERT {', '.join(['(?)'] * size)} END")
        assert size == 1 or len(values) <= MAX_VALUES
        assert size.bit_count() == 1
    assert sizes == sorted(sizes, reverse=True)
    assert all(sizes.count(size) == 1 for size in set(sizes) - {max(sizes, default=0)})


def test_statements_that_cannot_be_batched_are_written_one_by_one() -> None:
    assert list(BatchStatement("x = ?").parts([(1,), (2,)])) == [("x = ?", (1,)), ("x = ?", (2,))]


def test_a_mutation_writes_as_many_documents_as_it_likes(store: Store) -> None:
    items = store.write(
        lambda db: [db.insert(Item(owner=str(n), rank=n / 3 if n % 2 else None, size=n)) for n in range(MANY)]
    )
    assert store.everything(Item) == items
    changes: list[dict[str, Any]] = [{"note": "unindexed"}, {"rank": 0.1, "flag": True}, {"size": 2**53 + 1}]
    for change in changes:
        items = store.write(partial(_patch, items, change))
        assert store.everything(Item) == items
    assert store.read(lambda db: db.scan(Item, "by_flag", True)) == items
    store.write(partial(_delete, items[1:]))
    assert store.everything(Item) == items[:1]


def _patch(items: list[Item], change: dict[str, Any], db: Transaction) -> list[Item]:
    return [db.patch(item, **change) for item in items]


def _delete(items: list[Item], db: Transaction) -> None:
    for item in items:
        db.delete(item)
