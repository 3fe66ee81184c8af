"""No invalidation is missed: when a write changes what a read would find, the read set says so."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot
from tests.support.outside import examples
from tests.support.store import Store
from tests.support.tables import Box, Item

from .model import Write, fill, items, reuses_the_store, scan_cases, writes

many = st.lists(items, min_size=1, max_size=8)


def touched(store: Store, look: Callable[[Snapshot], Any], *changes: Write) -> tuple[bool, bool]:
    """Return whether the mutations changed what `look` finds, and whether the log says that they may have."""
    reads = ReadSet()
    before = store.read(look, reads)
    seq = store.last_seq()
    for change in changes:
        store.write(change.run)
    after = store.read(look)
    return before != after, any(commit.written.intersects(reads) for commit in store.commits(seq))


@settings(reuses_the_store, max_examples=examples(200))
@given(documents=many, frozen=st.booleans(), change=writes, data=st.data())
def test_a_scan_whose_result_changes_is_touched(
    store: Store, documents: list[Item], frozen: bool, change: Write, data: st.DataObject
) -> None:
    stored = fill(store, documents, frozen)
    differs, told = touched(store, data.draw(scan_cases(stored)).run, change)
    assert told or not differs


@reuses_the_store
@given(documents=many, change=writes, position=st.integers(0, 7))
def test_a_document_that_changes_is_touched(store: Store, documents: list[Item], change: Write, position: int) -> None:
    stored = fill(store, documents)
    id = stored[position % len(stored)].id
    differs, told = touched(store, lambda db: db.get(Item, id), change)
    assert told or not differs


@reuses_the_store
@given(documents=many, change=writes, limit=st.integers(0, 5), data=st.data())
def test_a_count_that_changes_is_touched(
    store: Store, documents: list[Item], change: Write, limit: int, data: st.DataObject
) -> None:
    case = data.draw(scan_cases(fill(store, documents)))
    differs, told = touched(store, lambda db: db.count(Item, case.index, *case.prefix, limit=limit), change)
    assert told or not differs


@reuses_the_store
@given(documents=many, change=writes, size=st.integers(1, 3), reverse=st.booleans())
def test_a_page_that_changes_is_touched(
    store: Store, documents: list[Item], change: Write, size: int, reverse: bool
) -> None:
    fill(store, documents)
    first = store.read(lambda db: db.paginate(Item, "by_label", cursor=None, size=size, reverse=reverse))
    cursor = first.cursor or None
    differs, told = touched(
        store, lambda db: db.paginate(Item, "by_label", cursor=cursor, size=size, reverse=reverse), change
    )
    assert told or not differs


@reuses_the_store
@given(documents=many, changes=st.lists(writes, max_size=5), data=st.data())
def test_a_scan_that_no_commit_touched_still_holds(
    store: Store, documents: list[Item], changes: list[Write], data: st.DataObject
) -> None:
    case = data.draw(scan_cases(fill(store, documents)))
    differs, told = touched(store, case.run, *changes)
    assert told or not differs


def test_a_write_outside_the_interest_of_a_reader_leaves_it_alone(store: Store) -> None:
    fill(store, [Item(owner="ann", rank=float(n)) for n in range(6)])

    def smallest(db: Snapshot) -> list[Item]:
        return db.scan(Item, "by_owner", "ann", limit=2)

    for other in (Item(owner="bob", rank=0.5), Item(owner="ann", rank=2.5)):
        assert touched(store, smallest, Write(other, 0, None)) == (False, False)
    assert touched(store, smallest, Write(Item(owner="ann", rank=0.5), 0, None)) == (True, True)


def test_an_empty_list_is_touched_by_its_first_document(store: Store) -> None:
    empty = ReadSet()
    assert store.read(lambda db: db.first(Item, "by_owner", "new"), empty) is None
    missing = ReadSet()
    assert store.read(lambda db: db.get(Item, "no such id"), missing) is None
    seq = store.last_seq()
    store.write(lambda db: db.insert(Item(owner="new")))
    (commit,) = store.commits(seq)
    assert commit.written.intersects(empty)
    assert not commit.written.intersects(missing)


def test_another_table_touches_nothing(store: Store) -> None:
    reads = ReadSet()
    store.read(lambda db: db.scan(Item, "by_creation"), reads)
    seq = store.last_seq()
    store.write(lambda db: db.insert(Box()))
    assert not any(commit.written.intersects(reads) for commit in store.commits(seq))


def test_a_read_that_failed_for_its_size_has_a_read_set_too(make_store: Callable[..., Store]) -> None:
    store = make_store(limits={"rows_read": 100})
    store.write(lambda db: [db.insert(Item(owner="ann")) for _ in range(101)])
    reads = ReadSet()

    def read(db: Snapshot) -> object:
        try:
            return len(db.scan(Item, "by_owner", "ann"))
        except Exception as error:
            return type(error).__name__

    assert store.read(read, reads) == "LimitExceeded"
    seq = store.last_seq()
    store.write(lambda db: db.delete(db.scan(Item, "by_owner", "ann", limit=1)[0]))
    assert any(commit.written.intersects(reads) for commit in store.commits(seq))
    assert store.read(read) == 100
