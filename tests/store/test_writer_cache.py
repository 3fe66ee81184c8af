"""What the writer remembers between mutations is always what the database holds."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.store.transaction import Transaction
from tests.support.store import MakeEngine, Store
from tests.support.tables import Box, BoxId, Item, ItemId

from .model import INDEXES, ITEMS, Write, fill, items, reuses_the_store, writes


class Refused(Exception):
    """What a function raises."""


def check(db: Transaction, gone: list[ItemId]) -> None:
    """Compare what is known by id and by whole key with what scans find."""
    documents = db.scan(Item, "by_creation")
    for document in documents:
        assert db.get(Item, document.id) == document
    for id in set(gone) - {document.id for document in documents}:
        assert db.get(Item, id) is None
    for index in INDEXES:
        whole = {ITEMS.key(index, document)[:-2] for document in [*documents, Item(), Item(owner="ann", rank=1.0)]}
        for key in whole:
            found = db.scan(Item, index, *key, limit=1)
            assert db.first(Item, index, *key) == (found[0] if found else None)


def checked(group: list[Write], gone: list[ItemId], fails: bool) -> Callable[[Transaction], None]:
    """Return a mutation that makes these writes and looks around before, between and after."""

    def work(db: Transaction) -> None:
        check(db, gone)
        for write in group:
            write.run(db)
            check(db, gone)
        if fails:
            raise Refused

    return work


@pytest.mark.parametrize("most", [1, 3, 10_000])
@reuses_the_store
@given(
    documents=st.lists(items, max_size=5),
    groups=st.lists(st.lists(st.tuples(st.lists(writes, max_size=3), st.booleans()), max_size=3), max_size=4),
)
def test_a_mutation_never_meets_outdated_documents(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    documents: list[Item],
    groups: list[list[tuple[list[Write], bool]]],
) -> None:
    monkeypatch.setattr("connvo.store.writer_cache.MAX_DOCUMENTS", most)
    monkeypatch.setattr("connvo.store.writer_cache.MAX_KEYS", most)
    gone = [document.id for document in fill(store, documents)]
    for group in groups:
        answers = store.together(*(checked(made, gone, fails) for made, fails in group))
        assert [isinstance(answer, Refused) for answer in answers] == [fails for _, fails in group]
        store.write(lambda db: check(db, gone))


def test_a_document_is_remembered_for_its_own_table_only(store: Store) -> None:
    item = store.write(lambda db: db.insert(Item()))
    assert store.write(lambda db: db.get(Item, item.id)) == item
    assert store.write(lambda db: db.get(Box, BoxId(item.id))) is None


def test_a_mutation_changing_its_documents_in_place_affects_nothing_else(store: Store) -> None:
    id = store.write(lambda db: db.insert(Item(tags=["x"]))).id

    def spoil(db: Transaction) -> None:
        item = db.get(Item, id)
        assert item
        item.tags.append("y")

    store.write(spoil)
    item = store.write(lambda db: db.get(Item, id))
    assert item and item.tags == ["x"]


def test_writes_of_another_engine_to_the_same_database_are_seen(store: Store, engine: MakeEngine) -> None:
    item = store.write(lambda db: db.insert(Item(owner="ann", size=1)))
    store.write(lambda db: db.first(Item, "by_label", "new"))
    other = Store(engine, store.folder)
    try:
        other.write(lambda db: db.patch(item, size=2))
        other.write(lambda db: db.insert(Item(label="new")))
    finally:
        other.close()
    seen = store.write(lambda db: (db.get(Item, item.id), db.first(Item, "by_label", "new")))
    assert seen[0] and seen[0].size == 2
    assert seen[1]
    assert [commit.seq for commit in store.commits()] == [1, 2, 3]


def test_two_engines_on_one_database_write_one_after_the_other(store: Store, engine: MakeEngine) -> None:
    box = store.write(lambda db: db.insert(Box()))
    other = Store(engine, store.folder)

    def increment(db: Transaction) -> None:
        current = db.get(Box, box.id)
        assert current
        db.patch(current, count=current.count + 1)

    try:
        for _ in range(10):
            store.write(increment)
            other.write(increment)
    finally:
        other.close()
    assert [box.count for box in store.everything(Box)] == [20]
