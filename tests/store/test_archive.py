"""An archive carries a whole database from any engine into any other, and never half of one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connvo.settings import LimitSettings, StoreSettings
from connvo.store.archive import ArchiveError, dump, load
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.store import ENGINES, Store
from tests.support.tables import Box, Item

from .conftest import MakeStore

ITEMS = [
    Item(
        owner="ann", rank=0.1 + 0.2, flag=True, label='Ünïcode "quoted" \U0001f600', size=2**53 - 1, note="two\nlines"
    ),
    Item(owner="", rank=-1e-308, label=None, size=-1, tags=["a", "", "c"]),
    Item(owner="bob", rank=1.7976931348623157e308, label=""),
]


@pytest.fixture(params=ENGINES)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A second store, on each engine in turn."""
    made = Store(ENGINES[request.param], tmp_path / "other", LimitSettings(), StoreSettings())
    yield made
    made.close()


def archive(store: Store) -> list[bytes]:
    """Return the lines of a store's archive."""
    return store.read(lambda db: list(dump(db, "1.2.3")))


def bodies(store: Store) -> list[tuple[Any, ...]]:
    """Return everything that is stored, to the letter."""

    def work(db: Snapshot) -> list[tuple[Any, ...]]:
        sql = 'SELECT id, created, body FROM "{}" ORDER BY id'
        return [row for name in ("testItems", "testBoxes") for row in db.rows.all(sql.format(name), ())]

    return store.read(work)


def filled(store: Store) -> Store:
    for item in ITEMS:
        store.write(lambda db, item=item: db.insert(item))  # type: ignore[misc]
    store.write(lambda db: db.insert(Box(count=7)))
    return store


def brought_in(store: Store, lines: list[bytes]) -> None:
    store.write(lambda db: load(db, lines))


def test_every_document_arrives_as_it_was(store: Store, other: Store) -> None:
    brought_in(other, archive(filled(store)))
    assert bodies(other) == bodies(store)
    assert archive(other)[1:] == archive(store)[1:]


def test_every_index_finds_new_documents(store: Store, other: Store) -> None:
    brought_in(other, archive(filled(store)))
    for index, prefix in (("by_owner", ("ann",)), ("by_flag", (False,)), ("by_label", ("",)), ("by_size", ())):

        def scan(db: Snapshot, index: str = index, prefix: tuple[object, ...] = prefix) -> list[Item]:
            return db.scan(Item, index, *prefix)

        assert other.read(scan) == store.read(scan) != []


def test_more_than_one_page_arrives(store: Store, other: Store) -> None:
    def many(db: Transaction) -> None:
        for count in range(2_500):
            db.insert(Box(count=count))

    store.write(many)
    brought_in(other, archive(store))
    assert sorted(box.count for box in other.everything(Box)) == list(range(2_500))


def test_a_database_that_holds_anything_is_left_alone(store: Store, make_store: MakeStore) -> None:
    lines, busy = archive(filled(store)), make_store()
    busy.write(lambda db: db.insert(Box(count=1)))
    with pytest.raises(ArchiveError, match="not empty"):
        brought_in(busy, lines)
    assert [box.count for box in busy.everything(Box)] == [1]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda lines: lines[:-1], "its end is missing"),
        (lambda lines: [*lines[:2], lines[-1]], "its end is missing"),
        (lambda lines: [*lines, lines[1]], "behind the end"),
        (lambda lines: lines[1:], "no archive"),
        (lambda lines: [], "no archive"),
        (lambda lines: [lines[0], b'["testBoxes",{"count":"x"}]\n', *lines[1:]], "line 2: this is no document"),
        (lambda lines: [lines[0], b'["unknown",{}]\n', *lines[1:]], "line 2: this is no document"),
        (lambda lines: [lines[0].replace(b'"format":1', b'"format":2'), *lines[1:]], "newer program, connvo 1.2.3"),
    ],
)
def test_an_incomplete_archive_is_refused_and_leaves_nothing(
    store: Store, make_store: MakeStore, spoil: Any, reason: str
) -> None:
    lines, new = archive(filled(store)), make_store()
    with pytest.raises(ArchiveError, match=reason):
        brought_in(new, spoil(lines))
    assert bodies(new) == []
